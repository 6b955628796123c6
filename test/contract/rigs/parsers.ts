import type { ParserRig } from '../parser-rig.ts';

/** By type of parser. */
export const PARSER_RIGS: Readonly<Record<string, ParserRig>> = {
  raw: { options: [{}, { timestamp: 'false' }], broken: null },
  json: { options: [{}], broken: '{"a":' },
  csv: {
    options: [
      { csv_schema: 'a long,b string,c date,d jsonmap', csv_splitter: ',' },
      { csv_schema: 'a string,b float', csv_splitter: ',', csv_contain_splitter_key: 'a' },
      { csv_splitter: ',' },
    ],
    broken: 'one,two',
    sampleOptions: { csv_schema: 'a string,b long' },
  },
  nginx: {
    options: [{}, { nginx_log_format_regex: '(?P<a>[^ ]*) (?P<b>.*)', nginx_schema: 'a long' }],
    broken: 'no line of an access log',
  },
  grok: {
    options: [
      { grok_patterns: '%{COMMON_LOG_FORMAT},%{SYSLOGLINE},%{WORD:w} %{NUMBER:n:float}' },
      { grok_patterns: '(?<x>.*) (?<y>.*)=(?<z>.*)', grok_mode: 'multi' },
    ],
    broken: 'nothing',
  },
  logfmt: { options: [{}], broken: 'nothing' },
  KV: { options: [{ splitter: '::' }], broken: 'nothing', sampleOptions: {} },
  syslog: {
    options: [{}, { syslog_rfc: 'rfc3164' }, { syslog_rfc: 'rfc6587', rfc3164_parse_year: 'true' }],
    broken: 'nothing',
  },
  mysqllog: { options: [{}], broken: 'nothing' },
  linuxaudit: { options: [{}], broken: 'nothing' },
  qiniulog: { options: [{}], broken: 'nothing' },
  empty: { options: [{}], broken: null },
};
