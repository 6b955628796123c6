import { cat } from './cat.ts';
import { fileSink } from './file-sink.ts';
import { isSame } from './output-checks.ts';
import { type Route, rivalRow } from './route.ts';
import { RSYSLOG, rsyslog } from './rsyslog.ts';
import { syslogNg } from './syslog-ng.ts';

const name = 'raw -> file';
export const RAW_BY_RSYSLOG = rivalRow(name, RSYSLOG);

/** Lines that are passed through. */
export const rawToFile: Route = {
  name,
  lines: 'access',
  runner: { parser: { type: 'raw' } },
  openSink: fileSink({ file_write_raw: 'true' }, isSame),
  rivals: [
    cat,
    rsyslog({ template: '%msg%', check: isSame }),
    syslogNg({ template: '$MSG', check: isSame }),
  ],
  targets: [
    { figure: 'mb_per_s', to: rivalRow(name, cat.name), target: { at_least: 0.4 } },
    { figure: 'mb_per_s', to: RAW_BY_RSYSLOG, target: { at_least: 5 } },
    { figure: 'cpu_s_per_gb', to: RAW_BY_RSYSLOG },
    { figure: 'peak_rss_mb', target: { at_most: 150 } },
  ],
};
