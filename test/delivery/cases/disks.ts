import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeliveryCase, Size } from '../support/delivery-case.ts';
import type { Delivered } from '../support/examine.ts';
import { unableToMount } from '../support/mounted.ts';
import { collects, follows, toRawFile } from '../support/runner-configs.ts';
import type { Scene } from '../support/scene.ts';

const SIZES = { full: { lines: 40_000, times: 10 }, reduced: { lines: 4_000, times: 1 } };
/** More than all lines of a case, and what the program keeps beside them. */
const DISK_BYTES = 8 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** A full disk is waited for, and told; nothing is half written or skipped. */
export const DISKS: readonly DeliveryCase[] = [
  {
    fault: 13,
    name: 'the disk of the sink is full for a while',
    ...SIZES,
    unable: () => unableToMount('tmpfs', DISK_BYTES),
    async run(scene, size) {
      const disk = scene.disk('tmpfs', DISK_BYTES);
      const to = join(disk, 'out.txt');
      await scene.program.run();
      return fillAndFree(scene, size, { disk, to, trouble: /ENOSPC/ });
    },
  },
  {
    name: 'the disk of data_dir is full for a while',
    ...SIZES,
    unable: () => unableToMount('tmpfs', DISK_BYTES),
    async run(scene, size) {
      const disk = scene.disk('tmpfs', DISK_BYTES);
      await scene.configure({ data_dir: join(disk, 'data') });
      await scene.program.run();
      const to = scene.path('out.txt');
      return fillAndFree(scene, size, { disk, to, trouble: /checkpoint/ });
    },
  },
];

interface Filling {
  readonly disk: string;
  readonly to: string;
  /** What the status says meanwhile. */
  readonly trouble: RegExp;
}

async function fillAndFree(
  scene: Scene,
  { lines, times }: Size,
  { disk, to, trouble }: Filling,
): Promise<readonly Delivered[]> {
  const source = scene.path('app.log');
  await writeFile(source, '');
  await scene.addRunner('r1', collects(follows(source), toRawFile(to)));
  const share = lines / times;
  let troubles = 0;
  for (let turn = 0; turn < times; turn += 1) {
    await fill(join(disk, 'filler'));
    const range = { from: turn * share, to: (turn + 1) * share };
    const writer = scene.write({ source: 'a', path: source, ...range });
    if (await isTroubled(scene, trouble, range.to)) troubles += 1;
    await rm(join(disk, 'filler'));
    await writer.done;
    await scene.settled('r1', range.to);
  }
  if (troubles === 0) throw new Error('the disk was full, and nobody was troubled by that');
  return [{ sink: 'file', files: [to], form: 'raw', expected: { a: lines } }];
}

/** A database may have room of its own in files that it has used before: then all goes well. */
async function isTroubled(scene: Scene, trouble: RegExp, lines: number): Promise<boolean> {
  const ways = [
    scene.troubled('r1', trouble).then(() => true),
    scene.settled('r1', lines).then(() => false),
  ];
  for (const way of ways) way.catch(() => undefined);
  return Promise.race(ways);
}

/** Leaves less than a page. */
async function fill(path: string): Promise<void> {
  for (let chunk = CHUNK_BYTES; chunk >= 1; chunk = Math.floor(chunk / 16)) {
    let isFull = false;
    while (!isFull) {
      isFull = await writeFile(path, Buffer.alloc(chunk), { flag: 'a' }).then(
        () => false,
        () => true,
      );
    }
  }
}
