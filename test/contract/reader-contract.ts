import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { ReaderPlugin, SourceBatch, SourceRange } from '../../agent/plugins/plugin.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { waitFor } from '../support/wait-for.ts';
import type { AbsentSource, ReaderRig, ReaderSource } from './reader-rig.ts';
import { expectContiguous, expectSound } from './support/expect-sound.ts';
import { expectNoneLeft, handlesNow } from './support/handles.ts';
import { heldBytes } from './support/held-memory.ts';
import { type Place, SharedServers, withPlace } from './support/place.ts';
import { promised } from './support/promised.ts';
import { ReaderRun } from './support/reader-run.ts';
import { within } from './support/within.ts';

const servers = new SharedServers();

const HELD_BYTES_MAX = 16 * 1024 * 1024;
const HELD_MS_MAX = 10_000;
/** Whatever a reader does by itself has its turn in so many. */
const TURNS = 200;

/** How a test opens its reader, over and over; every life of it is ended behind the test. */
type Open = (given?: ConstructorParameters<typeof ReaderRun>[2]) => ReaderRun;

/** With a source, and a look at what is left when the reader has ended. */
async function withSource<Source extends ReaderSource>(
  plugin: ReaderPlugin,
  make: (place: Place) => Promise<Source>,
  work: (open: Open, source: Source, expectClean: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await withPlace(servers, async (place) => {
    const source = await make(place);
    const runs: ReaderRun[] = [];
    const open: Open = (given) => {
      const run = new ReaderRun(plugin, source.options, given);
      runs.push(run);
      return run;
    };
    const before = await handlesNow();
    try {
      await work(open, source, () => expectNoneLeft(before));
    } finally {
      for (const run of runs) await run.end();
      await source.release?.();
    }
    await expectNoneLeft(before);
    expect(runs.map(({ clock }) => clock.sleepers)).toEqual(runs.map(() => 0));
    await source.dispose?.();
  });
}

/** The numbers of the lines that were added. */
function numbersIn(batches: readonly SourceBatch[]): number[] {
  const text = batches.map(({ bytes }) => bytes.toString()).join('');
  return [...text.matchAll(/\bline (\d+)/g)].map(([, number]) => Number(number));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** Whether so many of the lines that were added have come; of a reader that numbers none, lines. */
function has(count: number, rig: ReaderRig) {
  return (batches: readonly SourceBatch[]): boolean =>
    rig.isUnnumbered === true
      ? batches.reduce((sum, { lines }) => sum + lines, 0) >= count
      : numbersIn(batches).length >= count;
}

/** Adds lines while the reader is pulled, and pulls until they have come. */
async function added(run: ReaderRun, source: ReaderSource, rig: ReaderRig, count: number) {
  const first = run.next();
  first.catch(() => undefined);
  await source.add(0, count);
  const batch = await within('the first batch', first);
  batch.settled?.();
  const taken = batch.lines > 0 ? [batch] : [];
  const rest = await run.until((more) => has(count, rig)([...taken, ...more]));
  return [...taken, ...rest];
}

interface Rigged {
  readonly type: string;
  readonly plugin: ReaderPlugin;
  readonly rig: ReaderRig;
}

/** Holds each of these readers to the contract. */
export function describeReaders(readers: readonly Rigged[]): void {
  afterAll(() => servers.stop());
  describe.each(readers)('the reader $type', ({ plugin, rig }) => describeReader(plugin, rig));
}

function describeReader(plugin: ReaderPlugin, rig: ReaderRig): void {
  it('hands out whole lines, and says of them what is so', async () => {
    await withSource(plugin, rig.make, async (open, source) => {
      const limits = { lines: 7, bytes: 4_096 };
      const run = open({ limits });
      const batches = await added(run, source, rig, 40);

      for (const batch of batches) {
        expectSound(batch, { limits, rangesCount: rig.rangesCount ?? 'bytes' });
      }
      expectContiguous(batches);
      expect(new Set(batches.map(({ origin }) => origin)).size).toBe(1);
      if (rig.isUnnumbered !== true) expect(numbersIn(batches)).toEqual(range(0, 40));
    });
  });

  it('holds little while nobody pulls', async () => {
    await withSource(plugin, rig.make, async (open, source) => {
      const run = open();
      const before = heldBytes();
      const first = run.next();
      first.catch(() => undefined);
      await source.flood(run.reader);
      const batch = await within('a batch', first);
      for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();

      // What is on its way from clients, or free and not yet given back, goes away by itself.
      const isLittle = () => heldBytes() - before < HELD_BYTES_MAX;
      await waitFor('little to be held', isLittle, HELD_MS_MAX).catch(() => undefined);
      expect(heldBytes() - before).toBeLessThan(HELD_BYTES_MAX);
      batch.settled?.();
    });
  });

  it('ends soon when it is to stop while it waits', async () => {
    await withSource(plugin, rig.make, async (open, source) => {
      const run = open();
      await added(run, source, rig, 3);
      const pending = run.next().catch((thrown: unknown) => thrown);
      await setImmediate();
      run.abort();

      await within('the end', pending);
      await expect(within('the end', run.next())).rejects.toThrow('the reader has ended');
    });
  });

  it('ends soon when it is to stop while a batch is on its way', async () => {
    await withSource(plugin, rig.make, async (open, source) => {
      const run = open({ limits: { lines: 2 } });
      const first = run.next();
      first.catch(() => undefined);
      await source.add(0, 20);
      await within('a batch', first);
      run.abort();

      await expect(within('the end', run.next())).rejects.toThrow('the reader has ended');
    });
  });

  it('ends at once when it is to stop before it is pulled', async () => {
    await withSource(plugin, rig.make, async (open) => {
      const run = open();
      run.abort();

      await expect(within('the end', run.next())).rejects.toThrow('the reader has ended');
    });
  });

  it('uses no range twice over a reopening', async () => {
    await withSource(plugin, rig.make, async (open, source) => {
      const run = open();
      const last = (await added(run, source, rig, 5)).at(-1);
      await run.end();
      const again = open({ positions: positionsOf(last) });
      const next = again.next();
      next.catch(() => undefined);
      await source.add(5, 8);

      const batch = await within('a batch', next);
      batch.settled?.();
      expect(isBehind(batch.range, last?.range)).toBe(true);
    });
  });

  promised(rig.resumes)('goes on behind what was committed, with the sealed batch', async () => {
    await withSource(plugin, rig.make, async (open, source) => {
      await source.add(0, 30);
      const run = open({ limits: { lines: 10 } });
      const batches = await run.until(has(30, rig), 1);
      await run.end();

      const [one, two] = batches;
      const sealed = new Map(two === undefined ? [] : [[two.source, two.range]]);
      const again = open({ positions: positionsOf(one), sealed, limits: { lines: 3 } });
      const left = numbersIn(batches).slice(numbersIn(batches.slice(0, 1)).length);
      const rest = await again.until(has(left.length, rig));

      const [first] = rest;
      expect(first?.range.start).toBe(two?.range.start);
      expect(first?.range.end).toBe(two?.range.end);
      if (rig.bytesVary !== true) expect(first?.bytes.toString()).toBe(two?.bytes.toString());
      expect(numbersIn(rest)).toEqual(left);
    });
  });

  promised(rig.absence === 'told')('tells what it waits for, until that is there', async () => {
    await withSource(plugin, rig.absent, async (open, source: AbsentSource) => {
      const run = open();
      const first = run.next();
      first.catch(() => undefined);

      expect(await waitFor('trouble', () => run.reader.trouble())).toMatch(/\w+ \w+/);
      await source.appear();
      await source.add(0, 3);
      const batch = await within('a batch', first);
      if (batch.lines === 0) await run.until(has(1, rig));
      expect(run.reader.trouble()).toBeNull();
    });
  });

  promised(rig.absence === 'thrown')('says why it cannot begin, and can later', async () => {
    await withSource(plugin, rig.absent, async (open, source: AbsentSource, expectClean) => {
      const run = open();
      const failure = await within(
        'a failure',
        run.next().catch((thrown: unknown) => thrown),
      );
      expect(failure).toBeInstanceOf(AppError);
      expect(String(failure)).toMatch(/\w+ \w+/);
      // A runner tries again and again, and stops only in the end.
      await expectClean();
      await run.end();

      await source.appear();
      expect(await added(open(), source, rig, 3)).not.toEqual([]);
    });
  });

  promised(rig.silent !== undefined)(
    'ends soon when it is to stop while its server says nothing',
    async () => {
      const { silent } = rig;
      if (silent === undefined) throw new Error('it has no server');
      const server = await silent.open();
      const make = async () => ({ ...(await noSource()), options: silent.options(server.port) });
      await withSource(plugin, make, async (open) => {
        const run = open();
        const pending = run.next().catch((thrown: unknown) => thrown);
        await waitFor('a question', () => server.isCalled());
        run.abort();

        await within('the end', pending);
      });
      await server.close();
    },
  );
}

/** Another content than before is a generation of its own, whose places begin anew. */
function isBehind(range: SourceRange, last: SourceRange | undefined): boolean {
  if (last === undefined) return false;
  return range.generation > last.generation || range.start >= last.end;
}

/** As a store gives them back. */
function positionsOf(batch: SourceBatch | undefined): ReadonlyMap<string, unknown> {
  if (batch === undefined) throw new Error('there is no batch');
  return new Map([[batch.source, JSON.parse(JSON.stringify(batch.position))]]);
}

async function noSource(): Promise<ReaderSource> {
  const nothing = () => Promise.resolve();
  return { options: {}, add: nothing, flood: nothing };
}
