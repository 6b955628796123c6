import type { RunnerStatus, StageStats, Trend } from '../../shared/domain/runner-status.ts';
import type { FrameCounts } from '../framing/framing.ts';
import type { StageCount } from './counters.ts';
import { NO_ERRORS } from './error-history.ts';
import { Rate } from './rate.ts';
import type { Running } from './running.ts';
import { StallWatch } from './stall-watch.ts';

/** Who the agent is in a cluster; empty texts when it is in none. */
export interface AgentIdentity {
  readonly tag: string;
  readonly url: string;
}

/** Looks at one runner and remembers its earlier counts, to tell speeds: contract section 9. */
export class StatusView {
  readonly #name: string;
  readonly #runner: Running;
  readonly #rates = new Map<string, Rate>();
  readonly #stall: StallWatch;

  constructor(name: string, runner: Running) {
    this.#name = name;
    this.#runner = runner;
    this.#stall = new StallWatch(runner.lingerMs);
  }

  look(identity: AgentIdentity, nowMs: number): RunnerStatus {
    const progress = this.#runner.progress;
    const { totals, lagBytes, trouble, counts } = progress;
    const bytes = this.#speed('bytes', totals.bytes, nowMs);
    const reader = this.#stage('reader', totals.reader, nowMs);
    return {
      name: this.#name,
      logpath: progress.origin,
      readDataSize: totals.bytes,
      readDataCount: totals.reader.success,
      elaspedtime: Math.round(progress.elapsedMs) / 1000,
      lag: {
        ...{ size: lagBytes, sizeunit: 'bytes', total: lagBytes },
        ftlags: progress.bufferedBatches,
      },
      readerStats: reader,
      parserStats: this.#stage('parser', totals.parser, nowMs),
      senderStats: this.#stages('sender', totals.senders, nowMs),
      transformStats: this.#stages('transform', totals.transforms, nowMs),
      ...(trouble === null ? {} : { error: trouble }),
      readspeed_kb: bytes.perSecond,
      readspeed: reader.speed,
      readspeedtrend_kb: bytes.trend,
      readspeedtrend: reader.trend,
      runningStatus: 'running',
      ...shownIdentity(identity),
      history_errors: this.#runner.errors.result,
      ...shownCounts(counts),
      ...(progress.partition !== undefined && { partition: progress.partition }),
      stalled: this.#stall.look(progress, nowMs),
      ledger: progress.ledger,
    };
  }

  #stages(kind: string, counts: Readonly<Record<string, StageCount>>, nowMs: number) {
    return Object.fromEntries(
      Object.entries(counts).map(([name, count]) => [
        name,
        this.#stage(`${kind} ${name}`, count, nowMs),
      ]),
    );
  }

  #stage(key: string, { success, errors, lastError }: StageCount, nowMs: number): StageStats {
    const { perSecond, trend } = this.#speed(key, success, nowMs);
    return { errors, success, speed: perSecond, trend, last_error: lastError };
  }

  #speed(key: string, count: number, nowMs: number): { perSecond: number; trend: Trend } {
    const known = this.#rates.get(key);
    if (known !== undefined) return known.look(count, nowMs);
    this.#rates.set(key, new Rate(count, nowMs));
    return { perSecond: 0, trend: '' };
  }
}

/** A runner that does not run: all zeros, as the original shows it; `error` says why if it should. */
export function idleStatus(
  name: string,
  identity: AgentIdentity,
  error: string | null,
): RunnerStatus {
  return {
    name,
    logpath: '',
    readDataSize: 0,
    readDataCount: 0,
    elaspedtime: 0,
    lag: { size: 0, sizeunit: '', ftlags: 0, total: 0 },
    readerStats: IDLE,
    parserStats: IDLE,
    senderStats: {},
    transformStats: {},
    ...(error === null ? {} : { error }),
    readspeed_kb: 0,
    readspeed: 0,
    readspeedtrend_kb: '',
    readspeedtrend: '',
    runningStatus: 'stopped',
    ...shownIdentity(identity),
    history_errors: NO_ERRORS,
    stalled: false,
    ledger: {},
  };
}

const IDLE: StageStats = { errors: 0, success: 0, speed: 0, trend: '', last_error: '' };

function shownCounts({ cutLines, badChars, foreignLines }: FrameCounts) {
  if (cutLines + badChars + foreignLines === 0) return {};
  const imperfect = { cut_lines: cutLines, bad_chars: badChars, foreign_lines: foreignLines };
  return { imperfect };
}

function shownIdentity({ tag, url }: AgentIdentity) {
  return { ...(tag === '' ? {} : { tag }), ...(url === '' ? {} : { url }) };
}
