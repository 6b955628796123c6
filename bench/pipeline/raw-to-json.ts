import { BARE_LOOP, bareLoop } from './bare-loop.ts';
import { fileSink } from './file-sink.ts';
import { isRawJson } from './output-checks.ts';
import { RAW_BY_RSYSLOG } from './raw-to-file.ts';
import { type Route, rivalRow } from './route.ts';

const name = 'raw -> JSON file';

/** Lines that become records. */
export const rawToJson: Route = {
  name,
  lines: 'access',
  runner: { parser: { type: 'raw' } },
  openSink: fileSink({}, isRawJson),
  rivals: [bareLoop('bare-raw-json.process.ts', isRawJson)],
  targets: [
    { figure: 'mb_per_s', to: rivalRow(name, BARE_LOOP), target: { at_least: 0.5 } },
    { figure: 'mb_per_s', to: RAW_BY_RSYSLOG, target: { at_least: 1.5 } },
    { figure: 'peak_rss_mb', target: { at_most: 256 } },
  ],
};
