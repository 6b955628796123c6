import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveryCase, Size } from '../support/delivery-case.ts';
import type { Delivered } from '../support/examine.ts';
import { collects, follows, toRawFile } from '../support/runner-configs.ts';
import type { Scene } from '../support/scene.ts';

const SIZES = { full: { lines: 200_000, times: 10 }, reduced: { lines: 5_000, times: 1 } };
const LIFE_MS_MAX = 2_000;

/** Two runners that meet in a file, with a kill now and then. */
export const SHARING: readonly DeliveryCase[] = [
  {
    name: 'two runners read one file, two write into one, and the process is killed',
    ...SIZES,
    run: share,
  },
];

/** The runners `ra` and `rb` read a file each, and write into one; `r2` reads the first of them, too. */
async function share(scene: Scene, { lines, times }: Size): Promise<readonly Delivered[]> {
  const [a, b] = [scene.path('a.log'), scene.path('b.log')];
  const [both, alone] = [scene.path('both.txt'), scene.path('alone.txt')];
  await writeFile(a, '');
  await writeFile(b, '');
  await scene.program.run();
  await scene.addRunner('ra', collects(follows(a), toRawFile(both)));
  await scene.addRunner('rb', collects(follows(b), toRawFile(both)));
  await scene.addRunner('r2', collects(follows(a), toRawFile(alone)));
  const linesPerSecond = (lines * 2_000) / (times * LIFE_MS_MAX);
  const writers = [
    scene.write({ source: 'a', path: a, to: lines, linesPerSecond }),
    scene.write({ source: 'b', path: b, to: lines, linesPerSecond }),
  ];
  for (let kill = 0; kill < times; kill += 1) {
    await delay(scene.between(0, LIFE_MS_MAX));
    await scene.program.end('SIGKILL');
    await scene.program.run();
  }
  for (const writer of writers) await writer.done;
  await scene.caughtUp({ ra: lines, rb: lines, r2: lines });
  return [
    { sink: 'one file, two writers', files: [both], form: 'raw', expected: { a: lines, b: lines } },
    { sink: 'a second reader', files: [alone], form: 'raw', expected: { a: lines } },
  ];
}
