import type { ParserPlugin } from '../plugin.ts';
import { csvParser } from './csv.ts';
import { emptyParser } from './empty.ts';
import { grokParser } from './grok.ts';
import { jsonParser } from './json.ts';
import { kvParser } from './kv.ts';
import { linuxauditParser } from './linuxaudit.ts';
import { logfmtParser } from './logfmt.ts';
import { mysqllogParser } from './mysqllog.ts';
import { nginxParser } from './nginx.ts';
import { qiniulogParser } from './qiniulog.ts';
import { rawParser } from './raw.ts';
import { syslogParser } from './syslog.ts';

export const PARSERS: readonly ParserPlugin[] = [
  rawParser,
  jsonParser,
  csvParser,
  nginxParser,
  grokParser,
  logfmtParser,
  kvParser,
  syslogParser,
  mysqllogParser,
  linuxauditParser,
  qiniulogParser,
  emptyParser,
];
