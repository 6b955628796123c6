import { unlink } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import type { CheckpointStore, Checkpoints } from '../../shared/stores/checkpoint-store.ts';
import { freshEpoch } from '../runner/epoch.ts';
import { type LaunchDeps, withSecrets } from '../runner/launch.ts';
import { readerOf } from '../runner/pipeline.ts';
import { requireWritable } from '../runner/policy.ts';
import type { RunnerUse } from '../runner/runners-view.ts';
import { cleanerRule } from './cleaner-options.ts';
import { type Doom, doomedFiles, type ReadFile } from './doomed-files.ts';
import { isStillRead, readFiles } from './read-files.ts';

const LOOK_MS = 1_000;
const EXPIRY_INTERVAL_MS = 60_000;

interface CleanerDeps {
  /** Every runner of this agent, also those that are stopped. */
  readonly uses: () => readonly RunnerUse[];
  /** Does something while nothing else is done with the runner of that name. */
  readonly inTurn: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  readonly launch: LaunchDeps;
}

/** A runner, and what is deleted of the files that it reads. */
interface Plan extends Doom {
  readonly intervalMs: number;
  readonly reads: (path: string) => boolean;
}

/**
 * Deletes files that were read: of the runners that are at work and whose configuration asks for it.
 * A file is deleted only when all that is in it is committed, nothing is left in a buffer, nobody
 * has written to it for a while, no other runner of this agent has still to read it, and the policy
 * of this machine allows to write there.
 */
export class Cleaner {
  readonly #deps: CleanerDeps;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #checkpoints: Pick<CheckpointStore, 'load'>;
  /** Configurations stay the same objects until they are changed. */
  readonly #plans = new WeakMap<RunnerConfig, Plan | null>();
  /** When each runner is looked at next, by the monotonic clock. */
  readonly #dueMs = new Map<string, number>();

  constructor(deps: CleanerDeps) {
    this.#deps = deps;
    const { clock, log, checkpoints } = deps.launch;
    this.#clock = clock;
    this.#log = log;
    this.#checkpoints = checkpoints;
  }

  /** Looks again and again, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const use of this.#deps.uses()) await this.#lookAt(use);
      await this.#clock.sleep(LOOK_MS, signal);
    }
  }

  /** Deletes now what is to be deleted of what a runner has read. */
  async clean(name: string): Promise<void> {
    const use = this.#deps.uses().find((one) => one.name === name);
    if (use === undefined) return;
    try {
      await this.#deps.inTurn(name, () => this.#clean(use));
    } catch (thrown) {
      use.cleaned.trouble = messageOf(thrown);
      this.#log.warn({ runner: name, reason: use.cleaned.trouble }, 'files cannot be cleaned up');
    }
  }

  async #lookAt({ name, config, isAtWork }: RunnerUse): Promise<void> {
    // A runner that is at work could be opened, so what it reads can be told.
    const plan = isAtWork ? await this.#planOf(config).catch(() => null) : null;
    if (plan === null || !isDooming(plan)) return;
    const nowMs = this.#clock.monotonicMs();
    const dueMs = this.#dueMs.get(name) ?? nowMs + plan.intervalMs;
    this.#dueMs.set(name, dueMs > nowMs ? dueMs : nowMs + plan.intervalMs);
    if (dueMs <= nowMs) await this.clean(name);
  }

  async #clean(use: RunnerUse): Promise<void> {
    const { name } = use;
    const plan = await this.#planOf(use.config);
    if (plan === null || !isDooming(plan)) return;
    const checkpoints = await this.#load(name);
    if (hasBuffered(checkpoints)) return;
    const nowMs = this.#clock.now();
    const doomed = doomedFiles(await readFiles({ ...plan, ...checkpoints }, nowMs), plan, nowMs);
    const others = doomed.length === 0 ? [] : await this.#others(name);
    use.cleaned.trouble = '';
    for (const file of doomed) {
      const why = await this.#delete(file, [{ ...plan, ...checkpoints }, ...others]);
      if (why !== null) {
        use.cleaned.trouble = `${file.path} is kept: ${why}`;
        continue;
      }
      use.cleaned.files += 1;
      use.cleaned.bytes += file.bytes;
      use.cleaned.lastPath = file.path;
      const { path, bytes } = file;
      this.#log.info({ runner: name, path, bytes }, 'a file that was read is deleted');
    }
  }

  /** Null: it is gone; otherwise why it is not. */
  async #delete(file: ReadFile, readers: readonly ReaderOfFiles[]): Promise<string | null> {
    try {
      await requireWritable(this.#deps.launch.policy, file.path);
      for (const { name, reads, positions, lanes } of readers) {
        if (!reads(file.path)) continue;
        if (hasBuffered({ lanes }) || !(await isStillRead(file, positions))) {
          return name === undefined ? 'it has grown' : `runner ${name} has not read it to its end`;
        }
      }
      await unlink(file.path);
      return null;
    } catch (thrown) {
      return messageOf(thrown);
    }
  }

  /** The other runners of this agent that read files, and what they have committed. */
  async #others(name: string): Promise<ReaderOfFiles[]> {
    const others: ReaderOfFiles[] = [];
    for (const use of this.#deps.uses()) {
      const plan = use.name === name ? null : await this.#planOfOther(use);
      if (plan !== null) others.push({ ...plan, ...(await this.#load(use.name)), name: use.name });
    }
    return others;
  }

  /** Nothing is deleted that a runner may be about to read which is yet to be mended. */
  async #planOfOther({ name, config }: RunnerUse): Promise<Plan | null> {
    try {
      return await this.#planOf(config);
    } catch (cause) {
      const message = `it cannot be told what runner ${name} reads: ${messageOf(cause)}`;
      throw new AppError('conflict', message, { cause });
    }
  }

  #load(name: string): Promise<Checkpoints> {
    return this.#checkpoints.load(name, freshEpoch());
  }

  /** Null: it reads no files. @throws AppError where that cannot be told now. */
  async #planOf(config: RunnerConfig): Promise<Plan | null> {
    const known = this.#plans.get(config);
    if (known !== undefined) return known;
    const plan = await this.#plan(config);
    this.#plans.set(config, plan);
    return plan;
  }

  /** @throws AppError when the runner cannot run as it is configured. */
  async #plan(config: RunnerConfig): Promise<Plan | null> {
    const { launch } = this.#deps;
    // Every reader of files has one.
    if (config.reader?.['log_path'] === undefined) return null;
    const resolved = await withSecrets(config, [], launch);
    const context = { ...launch.contextFor(config.name), isSynced: false };
    const reader = await readerOf(resolved, { ...launch, context, mustExist: false });
    const rule = cleanerRule(config.cleaner);
    return {
      reserve: rule,
      expireMs: reader.deletesAfterMs(),
      intervalMs: rule?.intervalMs ?? EXPIRY_INTERVAL_MS,
      reads: (path) => reader.reads(path),
    };
  }
}

interface ReaderOfFiles extends Pick<Checkpoints, 'positions' | 'lanes'> {
  /** Absent: the runner whose files are cleaned up. */
  readonly name?: string;
  readonly reads: (path: string) => boolean;
}

function isDooming({ reserve, expireMs }: Doom): boolean {
  return reserve !== null || expireMs !== null;
}

/** What is buffered has not reached its sink. */
function hasBuffered({ lanes }: Pick<Checkpoints, 'lanes'>): boolean {
  return [...lanes.values()].some(({ bufferedBatches }) => bufferedBatches > 0);
}
