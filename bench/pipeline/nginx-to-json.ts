import { accessLine } from '../support/log-files.ts';
import { BARE_LOOP, bareLoop } from './bare-loop.ts';
import { fileSink } from './file-sink.ts';
import { inOrder } from './output-checks.ts';
import { type Route, rivalRow } from './route.ts';
import { RSYSLOG, rsyslog } from './rsyslog.ts';
import { SYSLOG_NG, syslogNg } from './syslog-ng.ts';

const name = 'nginx -> JSON file';

const PARTS = /^(\S+) .* (\d+) (\d+) "([^"]*)" "([^"]*)"$/;

/** Each names the fields as it likes, and makes numbers of some; what they hold is in the line. */
const isTakenApart = inOrder((record, index) => {
  if (typeof record !== 'object' || record === null) return false;
  const values = Object.values(record).map(String);
  const parts = PARTS.exec(accessLine(index))?.slice(1) ?? [];
  return parts.length > 0 && parts.every((part) => values.includes(part));
});

/** As mmnormalize is told. */
const RULEBASE = [
  'version=2',
  'rule=:%remote_addr:word% %ident:word% %remote_user:word% [%time_local:char-to:]%] ' +
    '"%method:word% %path:word% HTTP/%http_version:char-to:"%" %status:number% %bytes:number% ' +
    '"%referrer:char-to:"%" "%agent:char-to:"%"',
  '',
].join('\n');

const COLUMNS = [
  ...['remote_addr', 'ident', 'remote_user', 'time_local', 'request'],
  ...['status', 'bytes', 'referrer', 'agent'],
]
  .map((column) => `"nginx.${column}"`)
  .join(', ');

/** Access logs in the combined format that become records. */
export const nginxToJson: Route = {
  name,
  lines: 'access',
  runner: { parser: { type: 'nginx' } },
  openSink: fileSink({}, isTakenApart),
  rivals: [
    bareLoop('bare-nginx.process.ts', isTakenApart),
    rsyslog({
      module: 'mmnormalize',
      action: 'action(type="mmnormalize" rulebase="RULEBASE")',
      rulebase: RULEBASE,
      template: '%$!all-json-plain%',
      check: isTakenApart,
    }),
    // Its csv-parser: several times as fast as its regexp-parser here.
    syslogNg({
      parser: String.raw`csv-parser(columns(${COLUMNS}) delimiters(" ") quote-pairs("\"\"[]"))`,
      template: '$(format-json --key nginx.* --shift-levels 1)',
      check: isTakenApart,
    }),
  ],
  targets: [
    { figure: 'mb_per_s', to: rivalRow(name, BARE_LOOP) },
    { figure: 'mb_per_s', to: rivalRow(name, RSYSLOG), target: { at_least: 2 } },
    { figure: 'mb_per_s', to: rivalRow(name, SYSLOG_NG) },
    { figure: 'peak_rss_mb', target: { at_most: 256 } },
  ],
};
