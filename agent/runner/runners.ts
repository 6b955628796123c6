import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import { KeyedQueue } from '../../shared/kernel/keyed-queue.ts';
import type { AgentState } from '../../shared/stores/agent-state.ts';
import type { RunnerConfigStore } from '../../shared/stores/runner-config-store.ts';
import {
  brokenEntry,
  type Entry,
  newEntry,
  requireName,
  requireNoMarker,
  requireOwn,
  requireOwnKey,
  requireUnshared,
  requireUsable,
} from './entry.ts';
import { type LaunchDeps, type PrepareOptions, prepareRunner } from './launch.ts';
import { RunnersView } from './runners-view.ts';
import type { Running } from './running.ts';
import { StatusView } from './status.ts';
import { withSecretsOf } from './wire-config.ts';

/** How long a runner that is stopped may take to have its batch accepted; well inside 10 s. */
const STOP_DEADLINE_MS = 3_000;

export interface RunnersDeps {
  readonly launch: LaunchDeps;
  readonly configs: RunnerConfigStore;
  readonly state: AgentState;
}

/**
 * The runners of this agent, by name: those that came over the API and are kept in `rest_dir`, and
 * those of the user's own files. Changes to one runner happen one after another; a change is
 * checked whole, then kept on disk, then takes effect.
 */
export class Runners {
  readonly view: RunnersView;
  readonly #deps: RunnersDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #queue = new KeyedQueue();
  #isEnding = false;

  constructor(deps: RunnersDeps) {
    this.#deps = deps;
    this.view = new RunnersView(this.#entries, deps.launch.clock);
  }

  /** Starts what `rest_dir` holds, but for what was stopped. A broken file is shown, not fatal. */
  async load(): Promise<void> {
    for (const kept of await this.#deps.configs.list()) {
      const { name, path } = kept;
      if ('error' in kept) {
        this.#entries.set(name, brokenEntry(name, 'rest', path, kept.error));
        this.#deps.launch.log.error({ path, reason: kept.error }, 'runner configuration is broken');
        continue;
      }
      const config = { ...kept.config, name };
      const isStopped = config.is_stopped === true;
      const entry = newEntry(config, { origin: 'rest', path, isStopped });
      this.#entries.set(name, entry);
      if (!entry.isStopped) await this.#launch(entry);
    }
  }

  /** Adds a runner that is kept in `rest_dir`; `is_stopped` adds it stopped. */
  add(name: string, given: RunnerConfig): Promise<void> {
    return this.#inTurn(name, async () => {
      requireName(name);
      this.#requireFree(name);
      const config = this.#stamped(name, given);
      requireNoMarker(config);
      const isStopped = config.is_stopped === true;
      const runner = await this.#prepare(config, { label: name, mustExist: true });
      await this.#deps.configs.save(name, config);
      const path = this.#deps.configs.path(name);
      const entry = newEntry(config, { origin: 'rest', path, isStopped });
      this.#entries.set(name, entry);
      if (!isStopped) this.#begin(entry, runner);
    });
  }

  /** Replaces a configuration; positions are kept. The old runner works on until the new one can. */
  update(name: string, given: RunnerConfig, force: boolean): Promise<void> {
    return this.#change(name, async (entry) => {
      requireOwn(entry, force);
      const config = withSecretsOf(this.#stamped(name, given), entry.config);
      requireNoMarker(config);
      const runner = await this.#prepare(
        { ...config, is_stopped: undefined },
        { label: entry.path, mustExist: true },
      );
      const isStopped = config.is_stopped === true;
      await this.#keep(entry, config, isStopped);
      await this.#end(entry);
      entry.error = null;
      entry.isBlank = false;
      if (!isStopped) this.#begin(entry, runner);
    });
  }

  remove(name: string, force: boolean): Promise<void> {
    return this.#inTurn(name, async () => {
      const entry = this.#entries.get(name);
      if (entry === undefined) {
        throw new AppError('not_found', `runner ${this.#deps.configs.path(name)} is not found`);
      }
      requireOwn(entry, force);
      await this.#deps.configs.removeFile(entry.path);
      await this.#forget(entry);
    });
  }

  start(name: string): Promise<void> {
    return this.#change(name, async (entry) => {
      if (entry.runner !== null) {
        throw new AppError('conflict', `runner ${entry.path} has already started`);
      }
      requireUsable(entry);
      const runner = await this.#prepare(entry.config, { label: entry.path, mustExist: false });
      await this.#keep(entry, entry.config, false);
      this.#begin(entry, runner);
    });
  }

  stop(name: string): Promise<void> {
    return this.#change(name, async (entry) => {
      if (entry.isStopped) {
        throw new AppError('conflict', `runner ${entry.path} has already stopped`);
      }
      requireUsable(entry);
      await this.#keep(entry, entry.config, true);
      await this.#end(entry);
    });
  }

  /** Forgets how far the runner has come and starts it from the beginning, also a stopped one. */
  reset(name: string): Promise<void> {
    return this.#change(name, async (entry) => {
      requireUsable(entry);
      requireUnshared(entry);
      const runner = await this.#prepare(entry.config, { label: entry.path, mustExist: false });
      await this.#keep(entry, entry.config, false);
      await this.#end(entry);
      try {
        await this.#forgetProgress(name);
      } finally {
        this.#begin(entry, runner);
      }
    });
  }

  /**
   * Does something about a runner while nothing else is done with it; `runner` is null when it is
   * not at work.
   */
  inTurn<T>(name: string, work: (runner: Running | null) => Promise<T>): Promise<T> {
    return this.#change(name, (entry) => work(entry.runner));
  }

  /** As `inTurn`, while the runner is not at work; one that was goes on afterwards, come what may. */
  whileStopped<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#change(name, async (entry) => {
      requireUsable(entry);
      if (entry.runner === null) return work();
      const options = { label: entry.path, mustExist: false };
      const next = await this.#prepare(entry.config, options);
      await this.#end(entry);
      try {
        return await work();
      } finally {
        this.#begin(entry, next);
      }
    });
  }

  /**
   * One of the user's files is new or has changed. A broken one leaves the last good runner alone;
   * when the name in it has changed, the runner of the old name ends.
   *
   * @throws AppError `conflict` when the name is another file's.
   */
  applyFile(path: string, name: string, config: RunnerConfig): Promise<void> {
    return this.#inTurn(name, async () => {
      const known = this.#entries.get(name);
      if (known !== undefined && known.path !== path) {
        throw new AppError('conflict', `runner name "${name}" already used by ${known.path}`);
      }
      const isStopped = config.is_stopped === true || this.#deps.state.isStopped(name);
      const entry = known ?? newEntry({ ...config, name }, { origin: 'confs', path, isStopped });
      const runner = await this.#prepare({ ...config, name }, { label: path, mustExist: false });
      await this.#drop(path, entry);
      await this.#end(entry);
      this.#entries.set(name, entry);
      entry.config = { ...config, name };
      entry.isStopped = isStopped;
      entry.error = null;
      entry.isBlank = false;
      if (!isStopped) this.#begin(entry, runner);
    });
  }

  /** One of the user's files cannot be used: it is shown with the runner, which goes on as it was. */
  refuseFile(path: string, name: string, reason: string): void {
    const known = [...this.#entries.values()].find((entry) => entry.path === path);
    if (known !== undefined) known.error = reason;
    else if (!this.#entries.has(name)) {
      this.#entries.set(name, brokenEntry(name, 'confs', path, reason));
    }
  }

  /** One of the user's files is gone: its runner ends, and its positions are kept for its return. */
  dropFile(path: string): Promise<void> {
    return this.#drop(path, null);
  }

  /**
   * Ends all runners side by side, for good; what is in flight gets `deadlineMs` to be accepted.
   * Whatever is asked for later is refused, or takes effect at the next start.
   */
  async stopAll(deadlineMs: number): Promise<void> {
    this.#isEnding = true;
    await Promise.all(
      [...this.#entries.values()].map((entry) =>
        this.#queue.run(entry.name, () => this.#end(entry, deadlineMs)),
      ),
    );
  }

  #change<T>(name: string, task: (entry: Entry) => Promise<T>): Promise<T> {
    return this.#inTurn(name, async () => {
      const entry = this.#entries.get(name);
      if (entry === undefined) throw new AppError('not_found', `runner ${name} not found`);
      return task(entry);
    });
  }

  #inTurn<T>(name: string, task: () => Promise<T>): Promise<T> {
    return this.#queue.run(name, async () => {
      if (this.#isEnding) throw new AppError('unavailable', 'this agent is stopping');
      return task();
    });
  }

  #requireFree(name: string): void {
    const known = this.#entries.get(name);
    if (known === undefined) return;
    const message =
      known.origin === 'rest' && known.runner !== null
        ? `file ${name} runner is running`
        : `forkRunner ${name} error runner name "${name}" already used`;
    throw new AppError('conflict', message);
  }

  async #prepare(config: RunnerConfig, options: PrepareOptions): Promise<Running> {
    requireOwnKey(config, this.#entries.values());
    return prepareRunner(config, options, this.#deps.launch);
  }

  /** Ends what came from a file, but for `kept`. */
  async #drop(path: string, kept: Entry | null): Promise<void> {
    for (const entry of [...this.#entries.values()]) {
      if (entry.path !== path || entry === kept) continue;
      await this.#queue.run(entry.name, async () => {
        await this.#end(entry);
        if (this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name);
      });
    }
  }

  #stamped(name: string, config: RunnerConfig): RunnerConfig {
    const createtime = new Date(this.#deps.launch.clock.now()).toISOString();
    return { ...config, name, createtime };
  }

  async #launch(entry: Entry): Promise<void> {
    try {
      const options = { label: entry.path, mustExist: false };
      this.#begin(entry, await this.#prepare(entry.config, options));
    } catch (thrown) {
      entry.error = messageOf(thrown);
      const { name, path } = entry;
      this.#deps.launch.log.error(
        { runner: name, path, reason: entry.error },
        'runner cannot start',
      );
    }
  }

  #begin(entry: Entry, runner: Running): void {
    if (this.#isEnding) return;
    // What is wrong with a file of the user's own is so until that file changes.
    if (entry.origin === 'rest') entry.error = null;
    entry.runner = runner;
    entry.view = new StatusView(entry.name, runner);
    entry.isStopped = false;
    runner.start();
  }

  async #end(entry: Entry, deadlineMs = STOP_DEADLINE_MS): Promise<void> {
    const { runner } = entry;
    if (runner === null) return;
    await runner.stop(deadlineMs);
    entry.runner = null;
    entry.view = null;
  }

  /** Keeps configuration and "stopped" on disk first; a disk that refuses changes nothing. */
  async #keep(entry: Entry, config: RunnerConfig, isStopped: boolean): Promise<void> {
    const { configs, state } = this.#deps;
    if (entry.origin === 'rest') {
      await configs.saveFile(entry.path, { ...config, is_stopped: isStopped ? true : undefined });
    } else {
      const isChanged = config !== entry.config;
      if (isChanged) await configs.saveFile(entry.path, { ...config, is_stopped: undefined });
      await state.setStopped(entry.name, isStopped);
    }
    entry.config = config;
    entry.isStopped = isStopped;
  }

  /** In this order: what the checkpoints refer to is there. */
  async #forgetProgress(name: string): Promise<void> {
    const { checkpoints, buffers } = this.#deps.launch;
    await checkpoints.forget(name);
    await buffers.forget(name);
  }

  async #forget(entry: Entry): Promise<void> {
    await this.#end(entry);
    this.#entries.delete(entry.name);
    await this.#forgetProgress(entry.name);
    await this.#deps.state.setStopped(entry.name, false);
  }
}
