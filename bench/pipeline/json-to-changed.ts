import { isDeepStrictEqual } from 'node:util';
import { jsonRecord } from '../support/log-files.ts';
import { BARE_LOOP, bareLoop } from './bare-loop.ts';
import { fileSink } from './file-sink.ts';
import { inOrder } from './output-checks.ts';
import { type Route, rivalRow } from './route.ts';

const name = 'JSON -> add, rename -> file';

const isChanged = inOrder((record, index) => {
  const { seconds: duration, ...others } = jsonRecord(index);
  return isDeepStrictEqual(record, { ...others, duration, team: 'shop' });
});

/** JSON with a field added and another renamed. */
export const jsonToChanged: Route = {
  name,
  lines: 'json',
  runner: {
    parser: { type: 'json' },
    transforms: [
      { type: 'add', key: 'team', value: 'shop' },
      { type: 'rename', key: 'seconds', new: 'duration' },
    ],
  },
  openSink: fileSink({}, isChanged),
  rivals: [bareLoop('bare-json-change.process.ts', isChanged)],
  targets: [
    { figure: 'mb_per_s', to: rivalRow(name, BARE_LOOP), target: { at_least: 0.8 } },
    { figure: 'peak_rss_mb', target: { at_most: 256 } },
  ],
};
