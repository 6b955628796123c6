import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PluginOptions } from '../../../../shared/domain/runner-config.ts';
import {
  FLOOD,
  floodText,
  linesText,
  type ReaderRig,
  type ReaderSource,
} from '../../reader-rig.ts';

/** A reader that follows files: `path` leads to one that it reads. */
function followingRig(options: (dir: string) => PluginOptions): ReaderRig {
  const sourceIn = (dir: string): ReaderSource => {
    const path = join(dir, 'logs', 'app.log');
    const append = async (text: string | Buffer) => {
      await mkdir(dirname(path), { recursive: true });
      await appendFile(path, text);
    };
    return {
      options: { stat_interval: '10ms', ...options(dir) },
      add: (from, to) => append(linesText(from, to)),
      flood: async () => {
        const part = Buffer.from(floodText(1_000));
        for (let lines = 0; lines < FLOOD.lines; lines += 1_000) await append(part);
      },
    };
  };
  return {
    make: async ({ dir }) => {
      await mkdir(join(dir, 'logs'));
      return sourceIn(dir);
    },
    // It appears with its first line.
    absent: async ({ dir }) => ({ ...sourceIn(dir), appear: () => Promise.resolve() }),
    absence: 'told',
    resumes: true,
  };
}

export const fileRig = followingRig((dir) => ({ log_path: join(dir, 'logs', 'app.log') }));
export const dirRig = followingRig((dir) => ({ log_path: join(dir, 'logs') }));
export const tailxRig = followingRig((dir) => ({ log_path: join(dir, '*', '*.log') }));
export const dirxRig = followingRig((dir) => ({ log_path: join(dir, 'l*') }));
export const fileautoRig = followingRig((dir) => ({ log_path: join(dir, 'logs', '*.log') }));

/** A reader of finished files: what is added is a file of its own, which is there as a whole. */
export const filesRig: ReaderRig = {
  make: async ({ dir }) => archiveIn(dir),
  absent: async ({ dir }) => ({ ...archiveIn(dir), appear: () => Promise.resolve() }),
  absence: 'told',
  resumes: true,
};

function archiveIn(dir: string): ReaderSource {
  let files = 0;
  const put = async (text: string) => {
    files += 1;
    const name = `part-${String(files).padStart(4, '0')}`;
    await writeFile(join(dir, `${name}.tmp`), text);
    await rename(join(dir, `${name}.tmp`), join(dir, `${name}.log`));
  };
  return {
    options: { log_path: join(dir, '*.log'), settle: '0s', stat_interval: '10ms' },
    add: (from, to) => put(linesText(from, to)),
    flood: () => put(floodText(FLOOD.lines)),
  };
}
