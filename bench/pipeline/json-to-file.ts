import { isDeepStrictEqual } from 'node:util';
import { jsonRecord } from '../support/log-files.ts';
import { BARE_LOOP, bareLoop } from './bare-loop.ts';
import { fileSink } from './file-sink.ts';
import { inOrder, isSame } from './output-checks.ts';
import { type Route, rivalRow } from './route.ts';
import { RSYSLOG, rsyslog } from './rsyslog.ts';
import { SYSLOG_NG, syslogNg } from './syslog-ng.ts';

const name = 'JSON -> file, nothing changed';

/** JSON that is checked and passed on. */
export const jsonToFile: Route = {
  name,
  lines: 'json',
  runner: { parser: { type: 'json' } },
  openSink: fileSink({}, isSame),
  rivals: [
    bareLoop('bare-json-pass.process.ts', isSame),
    rsyslog({
      module: 'mmjsonparse',
      action: 'action(type="mmjsonparse" cookie="")',
      template: '%$!all-json-plain%',
      check: inOrder((record, index) => isDeepStrictEqual(record, jsonRecord(index))),
    }),
    syslogNg({
      parser: 'json-parser(prefix(".json."))',
      template: '$(format-json --key .json.* --shift-levels 2)',
      check: inOrder((record, index) => isDeepStrictEqual(record, texts(index))),
    }),
  ],
  targets: [
    { figure: 'mb_per_s', to: rivalRow(name, BARE_LOOP), target: { at_least: 0.65 } },
    { figure: 'mb_per_s', to: rivalRow(name, RSYSLOG), target: { at_least: 4 } },
    { figure: 'cpu_s_per_gb', to: rivalRow(name, RSYSLOG), target: { at_most: 0.167 } },
    { figure: 'mb_per_s', to: rivalRow(name, SYSLOG_NG) },
    { figure: 'peak_rss_mb', target: { at_most: 256 } },
  ],
};

const FRACTION_DIGITS = 6;

/** syslog-ng knows nothing but text. */
function texts(index: number): Readonly<Record<string, string>> {
  const { status, bytes, seconds, tags, ...others } = jsonRecord(index);
  return {
    ...others,
    status: String(status),
    bytes: String(bytes),
    seconds: seconds.toFixed(FRACTION_DIGITS),
    tags: tags.join(','),
  };
}
