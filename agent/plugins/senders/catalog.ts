import type { SenderPlugin } from '../plugin.ts';
import { discardSender } from './discard.ts';
import { fileSender } from './file.ts';
import { httpSender } from './http.ts';
import { kafkaSender } from './kafka.ts';
import { mysqlSender } from './mysql.ts';
import { postgresSender } from './postgres.ts';
import { redisSender } from './redis.ts';

export const SENDERS: readonly SenderPlugin[] = [
  fileSender,
  httpSender,
  discardSender,
  mysqlSender,
  postgresSender,
  redisSender,
  kafkaSender,
];
