import type { ReaderPlugin } from '../plugin.ts';
import { dirReader } from './dir.ts';
import { dirxReader } from './dirx.ts';
import { fileReader } from './file.ts';
import { fileautoReader } from './fileauto.ts';
import { mysqlReader } from './mysql.ts';
import { postgresReader } from './postgres.ts';
import { redisReader } from './redis.ts';
import { tailxReader } from './tailx.ts';

/** Every reader there is; the first page to open when one is looked for. */
export const READERS: readonly ReaderPlugin[] = [
  fileReader,
  dirReader,
  tailxReader,
  dirxReader,
  fileautoReader,
  mysqlReader,
  postgresReader,
  redisReader,
];
