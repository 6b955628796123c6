import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { parseConfigText } from '../shared/config/config-text.ts';
import { RunnerConfig } from '../shared/domain/runner-config.ts';
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
export async function applyConfChanges(
  { changed, gone }: ConfChanges,
  deps: ConfRunnersDeps,
): Promise<void> {
  // Gone first: a file that was renamed gives up its runner's name before the new file takes it.
  for (const path of gone) {
    await deps.runners.dropFile(path);
    deps.log.info({ path }, 'runner configuration is gone, its runner has stopped');
  }
  for (const path of changed) await applyFile(path, deps);
}

async function applyFile(path: string, { runners, log }: ConfRunnersDeps): Promise<void> {
  let name = nameOfFile(path);
  try {
    const config = await readConfig(path);
    name = requireName(config.name === '' ? name : config.name);
    await runners.applyFile(path, name, config);
    log.info({ path, runner: name }, 'runner configuration applied');
  } catch (thrown) {
    const reason = messageOf(thrown);
    runners.refuseFile(path, name, reason);
    log.error({ path, reason }, 'runner configuration cannot be used');
  }
}

async function readConfig(path: string): Promise<RunnerConfig> {
  const text = await readFile(path, 'utf8');
  if (text.length > FILE_BYTES_MAX) {
    throw new AppError('invalid', `${path}: is longer than ${FILE_BYTES_MAX} bytes`);
  }
  const result = RunnerConfig.safeParse(parseConfigText(text, path));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new AppError('invalid', `${path}: ${where}: ${issue?.message ?? 'is not usable'}`);
}
