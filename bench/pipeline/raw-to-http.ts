import { httpSink } from './http-sink.ts';
import type { Route } from './route.ts';

/** Lines that are posted, to a server that takes no more than their checksum. */
export const rawToHttp: Route = {
  name: 'raw -> http',
  lines: 'access',
  runner: { parser: { type: 'raw', timestamp: 'false' } },
  openSink: httpSink,
  rivals: [],
  targets: [
    // Three times what the original reaches.
    { figure: 'mb_per_s', target: { at_least: 150 } },
    { figure: 'peak_rss_mb', target: { at_most: 256 } },
  ],
};
