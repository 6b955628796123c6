import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { ErrorsResult, RunnerStatus } from '../../shared/domain/runner-status.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { CleanedFiles } from '../cleaner/cleaned-files.ts';
import { PartitionedRunner } from '../partitioned/partitioned-runner.ts';
import { type Entry, statusOf, wireConfigOf } from './entry.ts';
import { NO_ERRORS } from './error-history.ts';
import type { AgentIdentity } from './status.ts';

/** What the cleaner is told of a runner. */
export interface RunnerUse {
  readonly name: string;
  readonly config: RunnerConfig;
  readonly isAtWork: boolean;
  /** What it has done for this runner; it writes that down here. */
  readonly cleaned: CleanedFiles;
}

/** What can be read of the runners of this agent: nothing here waits, and lists never fail. */
export class RunnersView {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #clock: Clock;

  constructor(entries: ReadonlyMap<string, Entry>, clock: Clock) {
    this.#entries = entries;
    this.#clock = clock;
  }

  names(): string[] {
    return [...this.#entries.keys()];
  }

  /** Those that can be used. */
  uses(): RunnerUse[] {
    return [...this.#entries.values()]
      .filter(({ isBlank }) => !isBlank)
      .map(({ name, config, runner, cleaned }) => ({
        ...{ name, config, cleaned },
        isAtWork: runner !== null,
      }));
  }

  /** Those at work whose work agents share. */
  shared(): PartitionedRunner[] {
    return [...this.#entries.values()].flatMap(({ runner }) =>
      runner instanceof PartitionedRunner ? [runner] : [],
    );
  }

  /** Absolute path of each configuration file -> the configuration, as the API shows it. */
  configs(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.#entries.values()].map((entry) => [entry.path, wireConfigOf(entry)]),
    );
  }

  /** @throws AppError `not_found`. */
  config(name: string): Record<string, unknown> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new AppError('not_found', `config ${name} is not found`);
    return wireConfigOf(entry);
  }

  statuses(identity: AgentIdentity): Record<string, RunnerStatus> {
    const nowMs = this.#clock.monotonicMs();
    return Object.fromEntries(
      [...this.#entries.values()].map((entry) => [entry.name, statusOf(entry, identity, nowMs)]),
    );
  }

  errors(): Record<string, ErrorsResult> {
    return Object.fromEntries(
      [...this.#entries.values()].map(({ name, runner }) => [
        name,
        runner?.errors.result ?? NO_ERRORS,
      ]),
    );
  }

  /** @throws AppError `not_found`. */
  errorsOf(name: string): ErrorsResult {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new AppError('not_found', 'runner does not exist');
    return entry.runner?.errors.result ?? NO_ERRORS;
  }
}
