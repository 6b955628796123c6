import { appLine, csvLine, logfmtLine, syslogLine } from '../support/parser-lines.ts';
import { BARE_LOOP, bareLoop } from './bare-loop.ts';
import { fileSink } from './file-sink.ts';
import { inOrder, type OutputCheck } from './output-checks.ts';
import { type LineKind, type Rival, type Route, rivalRow } from './route.ts';
import { RSYSLOG, rsyslog } from './rsyslog.ts';
import { SYSLOG_NG, syslogNg } from './syslog-ng.ts';

const CSV_FIELDS = [
  ...['time string', 'level string', 'logger string', 'message string', 'client string'],
  ...['status long', 'bytes long', 'seconds float', 'url string', 'tag string'],
];
const CSV_NAMES = CSV_FIELDS.map((field) => field.split(' ')[0] ?? '');

/** Patterns of a user: some of the library's, some of their own. */
const APP_PATTERN =
  String.raw`%{APPTIME:time} %{LOGLEVEL:level} \[%{DATA:thread}\] %{JAVACLASS:class}: ` +
  String.raw`served item %{INT:item} to %{IP:client} in %{NUMBER:us:long} us\, %{NUMBER:bytes:long} bytes`;
const APP_TIME = 'APPTIME %{YEAR}-%{MONTHNUM}-%{MONTHDAY} %{TIME}';
const APP_GROUPS =
  String.raw`^(?<time>\\S+ \\S+) (?<level>\\w+) \\[(?<thread>[^\\]]+)\\] (?<class>[^:]+): ` +
  String.raw`served item (?<item>\\d+) to (?<client>\\S+) in (?<us>\\d+) us, (?<bytes>\\d+) bytes$`;

const csvParts = /^([^,]+),([^,]+),([^,]+),([^,]+),([^,]+),(\d+),(\d+),/;
const logfmtParts = /level=(\w+) .* msg="([^"]+)" client=(\S+) status=(\d+) bytes=(\d+)/;
const syslogParts = /^\S+ \S+ (\S+) (\S+) (\S+) (\S+) .*\] (.*)$/;
const appParts = / (\w+) \[([^\]]+)\] ([^:]+): served item (\d+) to (\S+) in (\d+) us, (\d+) /;

/** Each names the fields as it likes; what they hold is in the line. */
function takenApart(parts: RegExp, lineOf: (index: number) => string): OutputCheck {
  return inOrder((record, index) => {
    if (typeof record !== 'object' || record === null) return false;
    const values = Object.values(record).map(String);
    const wanted = parts.exec(lineOf(index))?.slice(1) ?? [];
    return wanted.length > 0 && wanted.every((part) => values.includes(part));
  });
}

interface ParserRoute {
  readonly name: string;
  readonly lines: LineKind;
  readonly parser: Readonly<Record<string, string>>;
  readonly check: OutputCheck;
  readonly bare: string;
  readonly peers: readonly Rival[];
  /** Of the bare loop's speed. */
  readonly atLeast: number;
}

function route({ name, lines, parser, check, bare, peers, atLeast }: ParserRoute): Route {
  const target = { at_least: atLeast };
  return {
    ...{ name, lines, runner: { parser }, openSink: fileSink({}, check) },
    rivals: [bareLoop(bare, check), ...peers],
    targets: [
      { figure: 'mb_per_s', to: rivalRow(name, BARE_LOOP), target },
      { figure: 'mb_per_s', to: rivalRow(name, RSYSLOG) },
      { figure: 'mb_per_s', to: rivalRow(name, SYSLOG_NG) },
      { figure: 'peak_rss_mb', target: { at_most: 256 } },
    ],
  };
}

function normalized(rule: string, check: OutputCheck): Rival {
  return rsyslog({
    ...{ module: 'mmnormalize', check },
    action: 'action(type="mmnormalize" rulebase="RULEBASE")',
    rulebase: `version=2\nrule=:${rule}\n`,
    template: '%$!all-json-plain%',
  });
}

const csvCheck = takenApart(csvParts, csvLine);
const logfmtCheck = takenApart(logfmtParts, logfmtLine);
const syslogCheck = takenApart(syslogParts, syslogLine);
const appCheck = takenApart(appParts, appLine);

/** Kinds of lines that have to be taken apart, each from a file to a file of JSON. */
export const PARSER_ROUTES: readonly Route[] = [
  route({
    ...{ name: 'csv -> JSON file', lines: 'csv', check: csvCheck, bare: 'bare-csv.process.ts' },
    parser: { type: 'csv', csv_splitter: ',', csv_schema: CSV_FIELDS.join(',') },
    peers: [
      normalized(
        `${CSV_NAMES.slice(0, -1)
          .map((name) => `%${name}:char-to:,%,`)
          .join('')}%tag:rest%`,
        csvCheck,
      ),
      syslogNg({
        parser: `csv-parser(columns(${CSV_NAMES.map((name) => `"csv.${name}"`).join(', ')}) delimiters(","))`,
        template: '$(format-json --key csv.* --shift-levels 1)',
        check: csvCheck,
      }),
    ],
    atLeast: 0.4,
  }),
  route({
    ...{ name: 'logfmt -> JSON file', lines: 'logfmt', check: logfmtCheck },
    ...{ bare: 'bare-logfmt.process.ts', parser: { type: 'logfmt' } },
    peers: [
      syslogNg({
        parser: 'kv-parser(prefix("kv."))',
        template: '$(format-json --key kv.* --shift-levels 1)',
        check: logfmtCheck,
      }),
    ],
    atLeast: 0.4,
  }),
  route({
    ...{ name: 'syslog -> JSON file', lines: 'syslog', check: syslogCheck },
    ...{ bare: 'bare-syslog.process.ts', parser: { type: 'syslog' } },
    peers: [
      syslogNg({
        parser: 'syslog-parser(flags(syslog-protocol))',
        template:
          '$(format-json --pair host=$HOST --pair program=$PROGRAM --pair pid=$PID ' +
          '--pair msgid=$MSGID --key MESSAGE --key .SDATA.*)',
        check: syslogCheck,
      }),
    ],
    atLeast: 0.4,
  }),
  route({
    ...{ name: 'grok -> JSON file', lines: 'app', check: appCheck, bare: 'bare-app.process.ts' },
    parser: { type: 'grok', grok_patterns: APP_PATTERN, grok_custom_patterns: APP_TIME },
    peers: [
      normalized(
        '%day:word% %time:word% %level:word% [%thread:char-to:]%] %class:char-to::%: ' +
          'served item %item:word% to %client:word% in %us:number% us, %bytes:number% bytes',
        appCheck,
      ),
      syslogNg({
        parser: `regexp-parser(patterns("${APP_GROUPS}") prefix("app."))`,
        template: '$(format-json --key app.* --shift-levels 1)',
        check: appCheck,
      }),
    ],
    atLeast: 0.2,
  }),
];
