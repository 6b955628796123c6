import type { SenderRig } from '../sender-rig.ts';
import { csvRig, fileRig } from './senders/files.ts';
import { elasticsearchRig, httpRig, influxdbRig, lokiRig, otlpRig } from './senders/http-peers.ts';
import { kafkaRig } from './senders/kafka.ts';
import { redisRig } from './senders/redis.ts';
import { mysqlRig, postgresRig } from './senders/tables.ts';

const discardRig: SenderRig = {
  ...{ fails: 'never', losesAnswers: false, isPicky: false },
  make: async () => ({ options: {}, taken: () => null, dispose: () => Promise.resolve() }),
};

/** By type of sender. */
export const SENDER_RIGS: Readonly<Record<string, SenderRig>> = {
  file: fileRig,
  csv: csvRig,
  http: httpRig,
  elasticsearch: elasticsearchRig,
  influxdb: influxdbRig,
  loki: lokiRig,
  otlp: otlpRig,
  mysql: mysqlRig,
  postgres: postgresRig,
  redis: redisRig,
  kafka: kafkaRig,
  discard: discardRig,
};
