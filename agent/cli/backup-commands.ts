import { join, resolve } from 'node:path';
import { type Clock, systemClock } from '../../shared/kernel/clock.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { backUpCheckpoints, restoreCheckpoints } from '../../shared/stores/checkpoint-backup.ts';
import { lockFolder } from '../../shared/stores/folder-lock.ts';
import { attempt, type CliTools, type CommonOptions } from './tools.ts';

const FILE_NAME = 'checkpoints.db';

export function backupCommand(
  copy: string,
  { file }: CommonOptions,
  tools: CliTools,
): Promise<void> {
  return attempt(tools, async () => {
    const from = join(tools.loadConfig(file).data_dir, FILE_NAME);
    const to = resolve(copy);
    await backUpCheckpoints({ from, to });
    tools.print(`${to}: a copy of ${from} as of now\n`);
  });
}

export function restoreCommand(
  copy: string,
  { file }: CommonOptions,
  tools: CliTools,
  clock: Clock = systemClock,
): Promise<void> {
  return attempt(tools, async () => {
    const dir = tools.loadConfig(file).data_dir;
    const lock = await lockFolder(dir).catch((thrown: unknown) => {
      const isInUse = thrown instanceof AppError && thrown.kind === 'conflict';
      if (!isInUse) throw thrown;
      const message = `${thrown.message}; a backup is restored while the agent is stopped`;
      throw new AppError('conflict', message, { cause: thrown });
    });
    try {
      const path = join(dir, FILE_NAME);
      const stamp = new Date(clock.now()).toISOString().replace(/[:.]/g, '-');
      const keepAs = `${path}.${stamp}`;
      const isKept = await restoreCheckpoints({ backup: resolve(copy), path, keepAs });
      const kept = isKept ? `; what was there before is kept as ${keepAs}` : '';
      tools.print(`${path} is restored from ${resolve(copy)}${kept}\n`);
    } finally {
      await lock.release();
    }
  });
}
