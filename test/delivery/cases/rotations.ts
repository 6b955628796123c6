import {
  appendFile,
  copyFile,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { DeliveryCase, Size } from '../support/delivery-case.ts';
import type { Delivered } from '../support/examine.ts';
import { LineSource } from '../support/line-source.ts';
import { unableToMount } from '../support/mounted.ts';
import { rotate } from '../support/rotate.ts';
import { collects, follows, MODES, type Mode, toRawFile } from '../support/runner-configs.ts';
import type { Scene } from '../support/scene.ts';

const gzipAsync = promisify(gzip);

const SIZES = { full: { lines: 5_000, times: 6 }, reduced: { lines: 400, times: 1 } };
const TICK_MS = 20;
/** A reader has seen what was written so long ago. */
const LOOK_MS = 600;
/** Small, and so there is no other inode to take. */
const DISK_BYTES = 32 * 1024 * 1024;

/** What happens to a file while the agent is down; all of it was read before, if not said else. */
interface Change {
  readonly name: string;
  readonly happen: (path: string, lines: LineSource, count: number) => Promise<void>;
}

const RENAMES: readonly Change[] = [
  {
    name: 'renamed',
    async happen(path, lines, count) {
      await appendFile(path, lines.take(count));
      rotate(path);
      await writeFile(path, lines.take(count));
    },
  },
  {
    name: 'renamed several times',
    async happen(path, lines, count) {
      for (let turn = 0; turn < 3; turn += 1) {
        await appendFile(path, lines.take(count));
        rotate(path);
        // The kernel's clock for times of birth ticks: nobody rotates twice within a tick.
        await delay(TICK_MS);
      }
      await writeFile(path, lines.take(count));
    },
  },
];

const CUTS: readonly Change[] = [
  {
    name: 'copied and truncated, then longer than before',
    async happen(path, lines) {
      const { size } = await stat(path);
      await copyFile(path, `${path}.1`);
      await writeFile(path, lines.takeBytes(size));
    },
  },
  {
    name: 'copied and truncated, then shorter than before',
    async happen(path, lines) {
      await copyFile(path, `${path}.1`);
      await writeFile(path, lines.take(10));
    },
  },
  {
    name: 'cut to nothing',
    async happen(path, lines) {
      await writeFile(path, '');
      await appendFile(path, lines.take(1));
    },
  },
];

const INODE_REUSED: Change = {
  name: 'deleted, and its inode used for a longer one',
  async happen(path, lines) {
    const { size, ino } = await stat(path);
    await rm(path);
    await writeFile(path, lines.takeBytes(size));
    if ((await stat(path)).ino !== ino) throw new Error('the disk does not use inodes again');
  },
};

const UNREAD_COPY: Change = {
  name: 'copied and truncated, with lines only in the copy',
  async happen(path, lines, count) {
    await appendFile(path, lines.take(count));
    await copyFile(path, `${path}.1`);
    await writeFile(path, lines.take(count));
  },
};

const ZIPPED: Change = {
  name: 'renamed and compressed',
  async happen(path, lines, count) {
    await appendFile(path, lines.take(count));
    rotate(path);
    // As gzip does it: a file of its own, never one that is there already written over.
    await writeFile(`${path}.tmp`, await gzipAsync(await readFile(`${path}.1`)));
    await rename(`${path}.tmp`, `${path}.1.gz`);
    await rm(`${path}.1`);
    await writeFile(path, lines.take(count));
  },
};

const ALL: readonly Plan[] = MODES.flatMap((mode) =>
  [...RENAMES, ...CUTS].map((change) => ({ mode, change })),
);
const CUT: readonly Plan[] = MODES.flatMap((mode) => CUTS.map((change) => ({ mode, change })));

const REUSED: readonly Plan[] = MODES.map((mode) => ({ mode, change: INODE_REUSED }));

/** Fault 10 of the original: rotation loses lines, or sends all again. */
export const ROTATIONS: readonly DeliveryCase[] = [
  {
    fault: 10,
    name: 'files change while the agent is down',
    ...SIZES,
    run: (scene, size) => changeAll(scene, size, ALL),
  },
  {
    fault: 10,
    name: 'files that are read to their end become shorter while the agent follows them',
    ...SIZES,
    run: (scene, size) => changeAll(scene, size, CUT, { isDown: false }),
  },
  {
    name: 'files are deleted while the agent is down, and others get their inodes',
    ...SIZES,
    unable: () => unableToMount('ext4', DISK_BYTES),
    run: (scene, size) => changeAll(scene, size, REUSED, { root: scene.disk('ext4', DISK_BYTES) }),
  },
  {
    fault: 10,
    name: 'a file is copied and truncated while the agent is down, with unread lines',
    ...SIZES,
    run: (scene, size) => changeAll(scene, size, [{ mode: 'file', change: UNREAD_COPY }]),
  },
  {
    fault: 10,
    name: 'a file is rotated and compressed while the agent is down',
    ...SIZES,
    run: (scene, size) => changeAll(scene, size, [{ mode: 'file', change: ZIPPED }]),
  },
  {
    fault: 10,
    name: 'files are rotated while they are collected',
    full: { lines: 100_000, times: 20 },
    reduced: { lines: 4_000, times: 2 },
    run: rotateWhileUp,
  },
  {
    fault: 9,
    name: 'a last line without its line break waits, also over a restart',
    full: { lines: 500, times: 10 },
    reduced: { lines: 10, times: 1 },
    run: cutInLines,
  },
];

interface Plan {
  readonly mode: Mode;
  readonly change: Change;
}

interface Followed {
  readonly runner: string;
  readonly mode: Mode;
  readonly path: string;
  readonly sink: string;
  readonly lines: LineSource;
}

async function changeAll(
  scene: Scene,
  { lines: count, times }: Size,
  plans: readonly Plan[],
  { root = scene.dir, isDown = true } = {},
): Promise<readonly Delivered[]> {
  await scene.program.run();
  const all: (Followed & Plan)[] = [];
  for (const plan of plans) {
    all.push({ ...plan, ...(await follow(scene, `${plan.mode}${all.length}`, { ...plan, root })) });
  }
  const changeEach = async () => {
    for (const { change, path, lines } of all) await change.happen(path, lines, count);
  };
  for (let turn = 0; turn < times; turn += 1) {
    for (const { path, lines } of all) await appendFile(path, lines.take(count));
    await settled(scene, all);
    await (isDown ? whileDown(scene, changeEach) : changeEach());
  }
  for (const { path, lines } of all) await appendFile(path, lines.take(count));
  await caughtUp(scene, all);
  return all.map((one) => ({ ...delivered(one), sink: `${one.change.name} (${one.mode})` }));
}

async function whileDown(scene: Scene, change: () => Promise<void>): Promise<void> {
  await scene.program.end(scene.random.next() < 0.5 ? 'SIGTERM' : 'SIGKILL');
  await change();
  await scene.program.run();
}

async function rotateWhileUp(scene: Scene, { lines: count, times }: Size) {
  await scene.program.run();
  const all: Followed[] = [];
  for (const mode of MODES) all.push(await follow(scene, mode, { mode }));
  for (const { path, lines } of all) await appendFile(path, lines.take(1));
  await settled(scene, all);
  const writers = all.map(({ path, lines }) => {
    lines.take(count - 1);
    return scene.write({ source: 'a', path, from: 1, to: count, rotateEvery: count / times });
  });
  for (const writer of writers) await writer.done;
  await caughtUp(scene, all);
  return all.map(delivered);
}

async function cutInLines(scene: Scene, { lines: count, times }: Size) {
  await scene.program.run();
  const all: Followed[] = [];
  for (const mode of MODES) all.push(await follow(scene, mode, { mode }));
  for (let turn = 0; turn < times; turn += 1) {
    for (const isDown of [false, true]) {
      const texts = all.map(({ lines }) => lines.take(count));
      for (const [i, { path }] of all.entries()) await appendFile(path, half(texts[i]).first);
      await delay(LOOK_MS);
      if (isDown) await scene.program.end('SIGTERM');
      for (const [i, { path }] of all.entries()) await appendFile(path, half(texts[i]).second);
      if (isDown) await scene.program.run();
      await settled(scene, all);
    }
  }
  return all.map(delivered);
}

function half(text = ''): { readonly first: string; readonly second: string } {
  const end = text.length - 20;
  return { first: text.slice(0, end), second: text.slice(end) };
}

async function follow(
  scene: Scene,
  runner: string,
  { mode, root = scene.dir }: { readonly mode: Mode; readonly root?: string },
): Promise<Followed> {
  const path = join(root, runner, 'app.log');
  await mkdir(dirname(path));
  const sink = scene.path(`${runner}.out`);
  await writeFile(path, '');
  await scene.addRunner(runner, collects(follows(path, mode), toRawFile(sink)));
  return { runner, mode, path, sink, lines: new LineSource('a') };
}

async function settled(scene: Scene, all: readonly Followed[]): Promise<void> {
  for (const { runner, lines } of all) await scene.settled(runner, lines.count);
}

function caughtUp(scene: Scene, all: readonly Followed[]): Promise<void> {
  return scene.caughtUp(Object.fromEntries(all.map(({ runner, lines }) => [runner, lines.count])));
}

function delivered({ mode, sink, lines }: Followed): Delivered {
  return { sink: mode, files: [sink], form: 'raw', expected: { a: lines.count } };
}
