import type { ReaderRig } from '../reader-rig.ts';
import { mysqlRig, postgresRig, redisRig } from './readers/databases.ts';
import { elasticRig } from './readers/elastic.ts';
import { dirRig, dirxRig, fileautoRig, fileRig, filesRig, tailxRig } from './readers/files.ts';
import { httpRig } from './readers/http.ts';
import { httpfetchRig } from './readers/httpfetch.ts';
import { journaldRig } from './readers/journald.ts';
import { kafkaRig } from './readers/kafka.ts';
import { scriptRig } from './readers/script.ts';
import { snmpRig } from './readers/snmp.ts';
import { socketRig } from './readers/socket.ts';

/** By type of reader. */
export const READER_RIGS: Readonly<Record<string, ReaderRig>> = {
  file: fileRig,
  dir: dirRig,
  tailx: tailxRig,
  dirx: dirxRig,
  fileauto: fileautoRig,
  files: filesRig,
  http: httpRig,
  httpfetch: httpfetchRig,
  socket: socketRig,
  script: scriptRig,
  journald: journaldRig,
  snmp: snmpRig,
  mysql: mysqlRig,
  postgres: postgresRig,
  redis: redisRig,
  elastic: elasticRig,
  kafka: kafkaRig,
};
