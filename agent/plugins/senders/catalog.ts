import type { SenderPlugin } from '../plugin.ts';
import { csvSender } from './csv.ts';
import { discardSender } from './discard.ts';
import { elasticsearchSender } from './elasticsearch.ts';
import { fileSender } from './file.ts';
import { httpSender } from './http.ts';
import { influxdbSender } from './influxdb.ts';
import { kafkaSender } from './kafka.ts';
import { lokiSender } from './loki.ts';
import { mysqlSender } from './mysql.ts';
import { otlpSender } from './otlp.ts';
import { postgresSender } from './postgres.ts';
import { redisSender } from './redis.ts';

export const SENDERS: readonly SenderPlugin[] = [
  fileSender,
  csvSender,
  httpSender,
  elasticsearchSender,
  influxdbSender,
  lokiSender,
  otlpSender,
  mysqlSender,
  postgresSender,
  redisSender,
  kafkaSender,
  discardSender,
];
