import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for.ts';
import type { DeliveryCase, Size } from './delivery-case.ts';
import type { Delivered } from './examine.ts';
import { numberedLines } from './numbered-lines.ts';
import { BATCH_LINES, collects, follows } from './runner-configs.ts';
import type { Scene } from './scene.ts';

/** A process is killed at any moment of the first so many ms in which there is more for it to do. */
const LIFE_MS_MAX = 1_500;
/** Every other time it is killed so soon after a sink is seen to have more: with batches under way. */
const WORK_MS_MAX = 40;
/** What is written between two kills is written in so many ms. */
const WRITE_MS = 1_500;
/** Of those lines, so many go into a file before it is rotated: each life has its rotation. */
const SHARE_ROTATED = 0.6;
/** There before anything is rotated: a file that no reader has ever seen is nobody's. */
const LINES_FIRST = 100;

/** What records go to, outside of the process that is killed; it tells them in their order. */
export interface RecordSink {
  readonly name: string;
  readonly sender: object;
  /** What makes records of the lines; absent: `raw`. */
  readonly parser?: object;
  /** Where a crash may send one batch again: how the sink can tell. Absent: every record is once. */
  readonly again?: string;
  /** How many records it has. */
  count(): Promise<number>;
  /** The lines of all of them. */
  lines(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** The process is killed again and again, while it collects a file that is rotated. */
export function killCase(title: string, open: () => Promise<RecordSink>): DeliveryCase {
  return {
    name: `kill -9 at random instants, with rotation, to ${title}`,
    full: { lines: 200_000, times: 20 },
    reduced: { lines: 4_000, times: 2 },
    async run(scene, size) {
      const sink = await open();
      try {
        return [await killWhileSending(scene, size, sink)];
      } finally {
        await sink.stop();
      }
    },
  };
}

async function killWhileSending(scene: Scene, size: Size, sink: RecordSink): Promise<Delivered> {
  const { lines, times } = size;
  const path = scene.path('app.log');
  await writeFile(path, numberedLines('a', 0, LINES_FIRST));
  await scene.program.run();
  const { sender, parser } = sink;
  const config = collects(follows(path), sender);
  await scene.addRunner('r1', parser === undefined ? config : { ...config, parser });
  await scene.settled('r1', LINES_FIRST);
  const share = (lines - LINES_FIRST) / times;
  for (let turn = 0; turn < times; turn += 1) {
    const from = LINES_FIRST + Math.round(turn * share);
    const to = LINES_FIRST + Math.round((turn + 1) * share);
    const before = await sink.count();
    const writer = scene.write({
      ...{ source: 'a', path, from, to, linesPerSecond: (share * 1_000) / WRITE_MS },
      rotateEvery: Math.ceil(share * SHARE_ROTATED),
    });
    if (turn % 2 === 0) await delay(scene.between(0, LIFE_MS_MAX));
    else {
      await waitFor('more in the sink', async () => (await sink.count()) > before);
      await delay(scene.between(0, WORK_MS_MAX));
    }
    await scene.program.end('SIGKILL');
    await scene.program.run();
    await writer.done;
  }
  await scene.caughtUp({ r1: lines });
  await scene.program.end('SIGTERM');
  return deliveredTo(scene, size, sink);
}

async function deliveredTo(scene: Scene, size: Size, sink: RecordSink): Promise<Delivered> {
  const { name, again } = sink;
  const file = scene.path('received.txt');
  await writeFile(file, (await sink.lines()).map((line) => `${line.trimEnd()}\n`).join(''));
  const promise =
    again === undefined
      ? {}
      : { doubledMax: size.times * BATCH_LINES, because: `one batch a crash, ${again}` };
  return { sink: name, files: [file], form: 'raw', expected: { a: size.lines }, ...promise };
}
