import { readFile, stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import { parseConfigText } from '../shared/config/config-text.ts';
import { RunnerConfig, runnerKeyWarnings } from '../shared/domain/runner-config.ts';
import { AppError, messageOf } from '../shared/kernel/errors.ts';
import { type ConfChanges, nameOfFile } from './runner/conf-files.ts';
import { requireName } from './runner/entry.ts';
import type { Runners } from './runner/runners.ts';

const FILE_BYTES_MAX = 1024 * 1024;

interface ConfRunnersDeps {
  readonly runners: Runners;
  readonly log: Logger;
}

/**
 * Makes runners of the user's own files: a new file starts one, a changed one restarts it, a
 * deleted one stops it; a broken one is told about, and leaves the last good runner alone.
 */
export class ConfRunners {
  readonly #deps: ConfRunnersDeps;
  /** Files whose runner's name is taken, and what was said of it: they wait for the name. */
  readonly #waiting = new Map<string, string>();

  constructor(deps: ConfRunnersDeps) {
    this.#deps = deps;
  }

  async apply({ changed, gone }: ConfChanges): Promise<void> {
    const { runners, log } = this.#deps;
    // Gone first: a file that was renamed gives up its runner's name before the new file takes it.
    for (const path of gone) {
      this.#waiting.delete(path);
      await runners.dropFile(path);
      log.info({ path }, 'runner configuration is gone, its runner has stopped');
    }
    for (const path of changed) this.#waiting.delete(path);
    for (const path of [...changed, ...this.#waiting.keys()]) await this.#applyFile(path);
  }

  async #applyFile(path: string): Promise<void> {
    const { runners, log } = this.#deps;
    const told = this.#waiting.get(path);
    let name = nameOfFile(path);
    try {
      const given = await readGiven(path);
      if (told === undefined) {
        for (const warning of runnerKeyWarnings(given)) log.warn({ path }, warning);
      }
      const config = configOf(given, path);
      name = requireName(config.name === '' ? name : config.name);
      await runners.applyFile(path, name, config);
      this.#waiting.delete(path);
      log.info({ path, runner: name }, 'runner configuration applied');
    } catch (thrown) {
      const reason = messageOf(thrown);
      runners.refuseFile(path, name, reason);
      if (told !== reason) log.error({ path, reason }, 'runner configuration cannot be used');
      const isTaken = thrown instanceof AppError && thrown.kind === 'conflict';
      if (isTaken) this.#waiting.set(path, reason);
      else this.#waiting.delete(path);
    }
  }
}

/** The configuration in one of the user's files. @throws AppError `invalid` when it is unusable. */
export async function readConfFile(path: string): Promise<RunnerConfig> {
  const config = configOf(await readGiven(path), path);
  return { ...config, name: requireName(config.name === '' ? nameOfFile(path) : config.name) };
}

async function readGiven(path: string): Promise<unknown> {
  const { size } = await stat(path);
  if (size > FILE_BYTES_MAX) {
    throw new AppError('invalid', `${path} is longer than ${FILE_BYTES_MAX} bytes`);
  }
  return parseConfigText(await readFile(path, 'utf8'), path);
}

function configOf(given: unknown, path: string): RunnerConfig {
  const result = RunnerConfig.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new AppError('invalid', `${path}: ${where}: ${issue?.message ?? 'is not usable'}`);
}
