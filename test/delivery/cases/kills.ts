import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveryCase, Size } from '../support/delivery-case.ts';
import type { Delivered } from '../support/examine.ts';
import { numberedLines } from '../support/numbered-lines.ts';
import {
  BATCH_LINES,
  COLUMNS,
  collects,
  follows,
  toCsvFile,
  toHttp,
  toPackedFile,
  toRawFile,
  toRecordFile,
} from '../support/runner-configs.ts';
import type { Scene } from '../support/scene.ts';

const SIZES = { full: { lines: 1_000_000, times: 100 }, reduced: { lines: 20_000, times: 2 } };
/** A process is killed at any moment of its first so many ms, some before it has begun to read. */
const LIFE_MS_MAX = 2_000;
/** Every other time it is killed so soon after it is seen to deliver: with batches under way. */
const WORK_MS_MAX = 40;
/** The writer goes on for as long as the kills take. */
const LIFE_MS_MEAN = 2_000;
/** A start and a first batch, on a machine that has much else to do. */
const FIRST_WORK_MS_MAX = 6_000;
const FILES = 8;
/** About, of a line in a batch that is packed. */
const PACKED_LINE_BYTES = 8;
/** About, of a line. */
const LINE_BYTES = 50;
/** There before anything is rotated: a file that no reader has ever seen is nobody's. */
const LINES_FIRST = 100;

/** Fault 11 of the original: a queue that is not on disk, or not synced, dies with the process. */
export const KILLS: readonly DeliveryCase[] = [
  {
    fault: 11,
    name: 'kill -9 at random instants, with rotation, raw lines to a file',
    ...SIZES,
    async run(scene, size) {
      const to = scene.path('out.txt');
      await killAgainAndAgain(scene, size, { sender: toRawFile(to), sink: to });
      return [{ sink: 'file', files: [to], form: 'raw', expected: { a: size.lines } }];
    },
  },
  {
    fault: 11,
    name: 'kill -9 at random instants, with rotation, records to a file',
    ...SIZES,
    async run(scene, size) {
      const to = scene.path('out.ndjson');
      await killAgainAndAgain(scene, size, { sender: toRecordFile(to), sink: to });
      return [{ sink: 'file', files: [to], form: 'records', expected: { a: size.lines } }];
    },
  },
  {
    name: 'kill -9 at random instants, with rotation, to packed files that are rotated',
    ...SIZES,
    async run(scene, size) {
      const to = scene.path('packed/out.gz');
      const sender = toPackedFile(to, Math.round((size.lines * PACKED_LINE_BYTES) / FILES));
      await killAgainAndAgain(scene, size, { sender, sink: to });
      const files = await rotatedFiles(to);
      return [{ sink: 'file', files, form: 'raw', expected: { a: size.lines } }];
    },
  },
  {
    name: 'kill -9 at random instants, with rotation, to csv files that are rotated',
    ...SIZES,
    async run(scene, size) {
      const to = scene.path('columns/out.csv');
      const sender = toCsvFile(to, Math.round((size.lines * LINE_BYTES) / FILES));
      await killAgainAndAgain(scene, size, { sender, sink: to, parser: COLUMNS });
      const files = await rotatedFiles(to);
      return [{ sink: 'csv', files, form: 'raw', expected: { a: size.lines } }];
    },
  },
  {
    fault: 11,
    name: 'kill -9 at random instants, with rotation, to http that honours keys',
    ...SIZES,
    run: (scene, size) => killBeforeHttp(scene, size, { honoursKeys: true }),
  },
  {
    fault: 11,
    name: 'kill -9 at random instants, with rotation, to http without keys',
    ...SIZES,
    run: (scene, size) => killBeforeHttp(scene, size, { honoursKeys: false }),
  },
];

async function killBeforeHttp(
  scene: Scene,
  size: Size,
  { honoursKeys }: { readonly honoursKeys: boolean },
): Promise<readonly Delivered[]> {
  const receiver = await scene.receiver('received.ndjson', { honoursKeys });
  await receiver.start();
  await killAgainAndAgain(scene, size, { sender: toHttp(receiver.url), sink: receiver.file });
  const { withoutKey } = await receiver.report();
  if (honoursKeys && withoutKey > 0) throw new Error(`${withoutKey} batches came without a key`);
  const promise = honoursKeys
    ? {}
    : { doubledMax: size.times * BATCH_LINES, because: 'one batch a crash, without keys' };
  return [
    {
      sink: 'http',
      files: [receiver.file],
      form: 'records',
      expected: { a: size.lines },
      ...promise,
    },
  ];
}

/** A file and those that it was before it was rotated, in the order in which they were begun. */
async function rotatedFiles(path: string): Promise<string[]> {
  const names = (await readdir(dirname(path))).sort();
  if (names.length < 2) throw new Error('no file was rotated');
  // The one without a time behind its name is the last one.
  return [...names.slice(1), ...names.slice(0, 1)].map((name) => join(dirname(path), name));
}

interface Target {
  readonly sender: object;
  /** What makes records of the lines; absent: `raw`. */
  readonly parser?: object;
  /** The file that grows while the program delivers. */
  readonly sink: string;
}

async function killAgainAndAgain(
  scene: Scene,
  { lines, times }: Size,
  { sender, sink, parser }: Target,
): Promise<void> {
  const source = scene.path('app.log');
  await writeFile(source, numberedLines('a', 0, LINES_FIRST));
  await scene.program.run();
  const config = collects(follows(source), sender);
  await scene.addRunner('r1', parser === undefined ? config : { ...config, parser });
  await scene.settled('r1', LINES_FIRST);
  const writer = scene.write({
    source: 'a',
    path: source,
    from: LINES_FIRST,
    to: lines,
    linesPerSecond: (lines * 1000) / (times * LIFE_MS_MEAN),
    rotateEvery: Math.ceil(lines / FILES),
  });
  for (let kill = 0; kill < times; kill += 1) {
    if (kill % 2 === 0) await delay(scene.between(0, LIFE_MS_MAX));
    else
      await scene.grows(sink, FIRST_WORK_MS_MAX).then(() => delay(scene.between(0, WORK_MS_MAX)));
    await scene.program.end('SIGKILL');
    // Not waited for: it may be killed while it starts.
    if (kill < times - 1) scene.program.run().catch(() => undefined);
  }
  await scene.program.run();
  await writer.done;
  await scene.caughtUp({ r1: lines });
}
