import type { SenderPlugin } from '../plugin.ts';
import { csvSender } from './csv.ts';
import { discardSender } from './discard.ts';
import { elasticsearchSender } from './elasticsearch.ts';
import { fileSender } from './file.ts';
import { httpSender } from './http.ts';
import { influxdbSender } from './influxdb.ts';
import { lokiSender } from './loki.ts';
import { otlpSender } from './otlp.ts';

export const SENDERS: readonly SenderPlugin[] = [
  fileSender,
  csvSender,
  httpSender,
  elasticsearchSender,
  influxdbSender,
  lokiSender,
  otlpSender,
  discardSender,
];
