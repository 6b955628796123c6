import type { ReaderPlugin } from '../plugin.ts';
import { dirReader } from './dir.ts';
import { dirxReader } from './dirx.ts';
import { elasticReader } from './elastic.ts';
import { fileReader } from './file.ts';
import { fileautoReader } from './fileauto.ts';
import { filesReader } from './files.ts';
import { httpReader } from './http.ts';
import { httpfetchReader } from './httpfetch.ts';
import { journaldReader } from './journald.ts';
import { kafkaReader } from './kafka.ts';
import { mysqlReader } from './mysql.ts';
import { postgresReader } from './postgres.ts';
import { redisReader } from './redis.ts';
import { scriptReader } from './script.ts';
import { snmpReader } from './snmp.ts';
import { socketReader } from './socket.ts';
import { tailxReader } from './tailx.ts';

/** Every reader there is; the first page to open when one is looked for. */
export const READERS: readonly ReaderPlugin[] = [
  fileReader,
  dirReader,
  tailxReader,
  dirxReader,
  fileautoReader,
  filesReader,
  httpReader,
  httpfetchReader,
  socketReader,
  scriptReader,
  journaldReader,
  snmpReader,
  mysqlReader,
  postgresReader,
  redisReader,
  kafkaReader,
  elasticReader,
];
