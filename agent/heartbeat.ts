import type { Logger } from 'pino';
import type { HttpClient } from '../shared/client/http-client.ts';
import type { Clock } from '../shared/kernel/clock.ts';
import { AppError, messageOf } from '../shared/kernel/errors.ts';
import { KeyedQueue } from '../shared/kernel/keyed-queue.ts';
import type { RandomSource } from '../shared/kernel/random.ts';
import type { Metrics } from '../shared/telemetry/metrics.ts';

const REGISTER_PATH = '/logkit/cluster/register';
const ANSWER_BYTES_MAX = 64 * 1024;
const TIMEOUT_MS_MAX = 5_000;
/** Beats of a fleet that was started at once drift apart by this share of the interval. */
const JITTER = 0.1;

export interface HeartbeatDeps {
  /** Normalised URLs. */
  readonly masters: readonly string[];
  /** How this agent is reached, as told to the masters. */
  readonly address: () => string;
  readonly tag: () => string;
  readonly intervalMs: number;
  readonly http: HttpClient;
  /** Headers that prove to a master who we are. */
  readonly sign: (method: string, path: string, body: string) => Record<string, string>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * Tells every master that this agent lives, each in a loop of its own: a master that hangs or is
 * down delays no other. Going and coming back cost one log line each.
 */
export class Heartbeat {
  readonly #deps: HeartbeatDeps;
  readonly #isUp = new Map<string, boolean>();
  /** To one master one after another: an older tag must not overtake a newer one. */
  readonly #turns = new KeyedQueue();
  readonly #sent;

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps;
    this.#sent = deps.metrics.counter({
      name: 'logkit_fleet_heartbeats_sent_total',
      help: 'Heartbeats sent to masters, by outcome.',
      labelNames: ['master', 'outcome'] as const,
    });
  }

  get hasMasters(): boolean {
    return this.#deps.masters.length > 0;
  }

  /** Beats until `signal` aborts; `onGreeted` is called once every master was told, or failed. */
  async run(signal: AbortSignal, onGreeted: () => void): Promise<void> {
    const { masters } = this.#deps;
    let ungreeted = masters.length;
    const greeted = (): void => {
      ungreeted -= 1;
      if (ungreeted === 0) onGreeted();
    };
    await Promise.all(masters.map((master) => this.#beatFor(master, greeted, signal)));
  }

  /**
   * Tells all masters at once, now, under `tag`.
   *
   * @throws AppError `unavailable` when there are masters and none of them took it.
   */
  async announce(tag: string, signal: AbortSignal): Promise<void> {
    const { masters } = this.#deps;
    const results = await Promise.allSettled(
      masters.map((master) => this.#beat(master, () => tag, signal)),
    );
    const reasons = results.flatMap((result) =>
      result.status === 'rejected' ? [messageOf(result.reason)] : [],
    );
    if (reasons.length > 0 && reasons.length === masters.length) {
      throw new AppError('unavailable', reasons.join('\n'));
    }
  }

  async #beatFor(master: string, greeted: () => void, signal: AbortSignal): Promise<void> {
    const { clock, random, intervalMs } = this.#deps;
    for (let beats = 0; !signal.aborted; beats += 1) {
      const startedAtMs = clock.monotonicMs();
      await this.#beatAndTell(master, signal);
      if (beats === 0) greeted();
      const restMs = intervalMs - (clock.monotonicMs() - startedAtMs);
      const jitterMs = intervalMs * JITTER * (random.next() - 0.5);
      await clock.sleep(Math.max(restMs + jitterMs, intervalMs / 10), signal);
    }
  }

  async #beatAndTell(master: string, signal: AbortSignal): Promise<void> {
    const { log, tag } = this.#deps;
    const wasUp = this.#isUp.get(master);
    try {
      await this.#beat(master, tag, signal);
      this.#sent.inc({ master, outcome: 'ok' });
      this.#isUp.set(master, true);
      if (wasUp !== true) log.info({ master }, 'master takes our heartbeats');
    } catch (thrown) {
      if (signal.aborted) return;
      this.#sent.inc({ master, outcome: 'failed' });
      this.#isUp.set(master, false);
      const reason = messageOf(thrown);
      if (wasUp !== false) log.warn({ master, reason }, 'master is unavailable, trying on');
    }
  }

  #beat(master: string, tag: () => string, signal: AbortSignal): Promise<void> {
    return this.#turns.run(master, () => this.#register(master, tag(), signal));
  }

  /** One registration; anything but a 200 is a failure (contract section 3). */
  async #register(master: string, tag: string, signal: AbortSignal): Promise<void> {
    const { http, address, sign, intervalMs } = this.#deps;
    const body = JSON.stringify({ url: address(), tag });
    const { status, body: answer } = await http.request({
      method: 'POST',
      url: `${master}${REGISTER_PATH}`,
      headers: { 'content-type': 'application/json', ...sign('POST', REGISTER_PATH, body) },
      body,
      timeoutMs: Math.min(TIMEOUT_MS_MAX, intervalMs),
      answerBytesMax: ANSWER_BYTES_MAX,
      signal,
    });
    if (status !== 200) {
      const told = answer.slice(0, 300);
      throw new AppError('unavailable', `master ${master} answered ${status}: ${told}`);
    }
  }
}
