import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import type { DeliveryCase, Size } from '../support/delivery-case.ts';
import type { Delivered } from '../support/examine.ts';
import { collects, follows, toRawFile } from '../support/runner-configs.ts';
import type { Scene } from '../support/scene.ts';

const SIZES = { full: { lines: 50_000, times: 20 }, reduced: { lines: 4_000, times: 4 } };
const LIBRARIES = ['x86_64', 'aarch64'].map(
  (machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`,
);
/** Forward and back, by more than any interval or expiry of the program. */
const JUMP_DAYS_MAX = 400;

export const CLOCKS: readonly DeliveryCase[] = [
  {
    name: 'the wall clock is set back and forward, at restarts and in between',
    ...SIZES,
    unable: () => (library() === undefined ? 'libfaketime is not installed' : null),
    run: jump,
  },
];

async function jump(scene: Scene, { lines, times }: Size): Promise<readonly Delivered[]> {
  const source = scene.path('app.log');
  const to = scene.path('out.txt');
  const clock = scene.path('clock');
  // Sleeps and time-outs are taken from the monotonic clock, which nobody can set.
  const env = {
    LD_PRELOAD: library() ?? '',
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  await writeFile(source, '');
  await setClock(clock, 0);
  await scene.program.run({ env });
  await scene.addRunner('r1', collects(follows(source), toRawFile(to)));
  const share = lines / times;
  for (let turn = 0; turn < times; turn += 1) {
    const range = { from: turn * share, to: (turn + 1) * share };
    const writer = scene.write({ source: 'a', path: source, ...range, linesPerSecond: share * 2 });
    await setClock(clock, scene.between(-JUMP_DAYS_MAX, JUMP_DAYS_MAX));
    if (turn % 4 === 1) {
      await scene.program.end('SIGKILL');
      await scene.program.run({ env });
    }
    await writer.done;
    await scene.settled('r1', range.to);
  }
  return [{ sink: 'file', files: [to], form: 'raw', expected: { a: lines } }];
}

/** So many days from now on; the program sees it at its next look at the clock. */
async function setClock(path: string, days: number): Promise<void> {
  await writeFile(`${path}.new`, `${days >= 0 ? '+' : ''}${days}d\n`);
  await rename(`${path}.new`, path);
}

function library(): string | undefined {
  return LIBRARIES.find((path) => existsSync(path));
}
