import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LedgerRange, NO_UNITS } from '../domain/ledger.ts';
import {
  type BufferedBatch,
  type CheckpointCommit,
  type CheckpointStore,
  headSeal,
} from './checkpoint-store.ts';
import { openSqliteCheckpointStore } from './sqlite-checkpoint-store.ts';

const TEXT = Buffer.from('one\ntwo\nthree\nfour\n');

function range(start: number, end: number, delivered: number): LedgerRange {
  const crc = crc32(TEXT.subarray(start, end));
  const units = { ...NO_UNITS, delivered };
  return { source: 's', generation: 0, start, end, crc, units };
}

function batch(seq: number, start: number, end: number): BufferedBatch {
  const bytes = { source: 's', generation: 0, start, end, crc: range(start, end, 0).crc };
  const stored = { segment: seq, at: 0, bytes: end - start, crc: 7 };
  return { sender: 'b', seq, units: 1, range: bytes, stored, facts: { origin: '/log', n: seq } };
}

describe('what the checkpoints know of each sender', () => {
  let dir: string;
  let store: CheckpointStore;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lanes-'));
    store = await openSqliteCheckpointStore({ path: join(dir, 'checkpoints.db') });
  });

  afterEach(async () => {
    await store.close();
    await rm(dir, { recursive: true });
  });

  function commit(given: Partial<CheckpointCommit>): Promise<void> {
    return store.commit({ runner: 'r', sinks: [], totals: null, ...given });
  }

  function settle(sender: string, ...ranges: LedgerRange[]): Promise<void> {
    return commit({ settled: ranges.map((one) => ({ sender, range: one })) });
  }

  async function lane(sender: string) {
    const { lanes } = await store.load('r', 'e');
    return lanes.get(sender);
  }

  it('is one range of the ledger, however many batches it came in', async () => {
    await settle('a', range(0, 4, 1));
    await settle('a', range(4, 8, 1), range(8, 14, 1));
    await settle('b', range(4, 8, 1));

    expect(await store.ledger('r')).toEqual([
      { sender: 'a', ...range(0, 14, 3) },
      { sender: 'b', ...range(4, 8, 1) },
    ]);
  });

  it('keeps ranges apart where something is missing between them', async () => {
    await settle('a', range(0, 4, 1), range(8, 14, 1));

    expect(await store.ledger('r')).toHaveLength(2);
  });

  it('adds up: what was read is settled or buffered', async () => {
    const source = { id: 's', position: 8 };
    const read = { senders: ['a', 'b'], units: 2, bytes: 8 };
    const settled = [{ sender: 'a', range: range(0, 8, 2) }];
    await commit({ source, read, settled, buffered: [batch(1, 0, 4), batch(2, 4, 8)] });
    expect(await lane('a')).toMatchObject({ readUnits: 2, settledBytes: 8, bufferedUnits: 0 });
    expect(await lane('b')).toMatchObject({ readUnits: 2, bufferedUnits: 2, bufferedBytes: 8 });

    await commit({
      unbuffered: [batch(1, 0, 4)],
      settled: [{ sender: 'b', range: range(0, 4, 1) }],
    });

    expect(await lane('b')).toMatchObject({
      ...{ readUnits: 2, readBytes: 8, bufferedUnits: 1, bufferedBatches: 1, settledBytes: 4 },
      settled: { ...NO_UNITS, delivered: 1 },
    });
  });

  it('gives buffered batches back in their order, a few at a time', async () => {
    await commit({ buffered: [batch(2, 4, 8), batch(1, 0, 4), batch(3, 8, 14)] });

    const list = (afterSeq: number) =>
      store.buffered({ runner: 'r', sender: 'b', afterSeq, max: 2 });
    expect(await list(0)).toEqual([batch(1, 0, 4), batch(2, 4, 8)]);
    expect(await list(2)).toEqual([batch(3, 8, 14)]);
    expect(await store.lowestSegment('r', 'b')).toBe(1);
    expect((await store.load('r', 'e')).lastSeq).toBe(3);
    expect(await store.lowestSegment('r', 'a')).toBeNull();
  });

  it('keeps a seal until the commit of what it sealed', async () => {
    const seal = { source: 's', generation: 0, start: 0, end: 4 };
    const other = { ...seal, source: 't' };
    await store.seal('r', headSeal('s'), seal);
    await store.seal('r', headSeal('t'), other);
    await store.seal('r', 'b', seal);
    const all = new Map([
      [headSeal('s'), seal],
      [headSeal('t'), other],
      ['b', seal],
    ]);
    expect((await store.load('r', 'e')).seals).toEqual(all);

    // The file is known again before the batch is sent again.
    await commit({ source: { id: 's', position: 0 } });
    expect((await store.load('r', 'e')).seals).toEqual(all);

    const read = { senders: ['a'], units: 1, bytes: 4 };
    await commit({ source: { id: 's', position: 4 }, read });
    all.delete(headSeal('s'));
    expect((await store.load('r', 'e')).seals).toEqual(all);

    await commit({ source: { id: 's', position: 4 }, forgetSources: ['t'] });
    expect((await store.load('r', 'e')).seals).toEqual(new Map([['b', seal]]));

    await commit({ unbuffered: [batch(1, 0, 4)] });
    expect((await store.load('r', 'e')).seals.size).toBe(0);
  });

  it('counts a unit once, however many of its dead letters are revived', async () => {
    const letter = {
      ...{ sender: 'a', source: 's', origin: '/log', generation: 0, start: 0, end: 14 },
      ...{ record: '{}', reason: 'status 400', atMs: 5 },
    };
    const units = { ...NO_UNITS, delivered: 1, deadLettered: 2 };
    await commit({
      read: { senders: ['a'], units: 3, bytes: 14 },
      settled: [{ sender: 'a', range: { ...range(0, 14, 0), units } }],
      // Two records of one unit, one of another, and one of a unit that was delivered in part.
      deadLetters: [0, 0, 1, null].map((unit) => ({ ...letter, unit })),
    });
    const [a, b, , d] = (await store.deadLetters('r', 0, 10)).map(({ id }) => id);

    for (const id of [a, b, d]) await commit({ revived: [id ?? 0] });

    expect(await lane('a')).toMatchObject({
      settled: { ...NO_UNITS, delivered: 2, deadLettered: 1 },
      deadLetters: 1,
    });
  });

  it('keeps the epoch of a runner until it is forgotten', async () => {
    expect((await store.load('r', 'first')).epoch).toBe('first');
    expect((await store.load('r', 'second')).epoch).toBe('first');

    await store.forget('r');

    expect((await store.load('r', 'third')).epoch).toBe('third');
  });

  it('remembers of a source that is gone what it counted', async () => {
    const read = { senders: ['a'], units: 3, bytes: 14 };
    const settled = [{ sender: 'a', range: range(0, 14, 3) }];
    await commit({ source: { id: 's', position: 14 }, read, settled });
    await commit({ source: { id: 't', position: 0 }, forgetSources: ['s'] });

    expect(await store.ledger('r')).toMatchObject([{ source: '', start: 0, end: 14 }]);
    expect(await lane('a')).toMatchObject({ readUnits: 3, settledBytes: 14 });
  });

  it('keeps the ranges of a source that is gone while something of it is buffered', async () => {
    const settled = [{ sender: 'a', range: range(0, 4, 1) }];
    await commit({ source: { id: 's', position: 4 }, settled, buffered: [batch(1, 0, 4)] });
    await commit({ source: { id: 't', position: 0 }, forgetSources: ['s'] });
    expect(await store.ledger('r')).toMatchObject([{ source: 's' }]);

    const rest = [{ sender: 'b', range: range(0, 4, 1) }];
    await commit({ unbuffered: [batch(1, 0, 4)], settled: rest });
    await store.load('r', 'e');

    expect(await store.ledger('r')).toMatchObject([{ source: '' }, { source: '' }]);
  });

  it('keeps a dead letter of one name once, and no more than so many, where that is asked for', async () => {
    const range = { generation: 0, start: 0, end: 7 };
    const letter = { sender: 'a', source: '/x', origin: '/x', ...range, unit: 0, reason: 'no' };
    const named = (name: string) => ({ ...letter, record: '{}', atMs: 1, name });
    const once = { areLettersOnce: true, lettersMax: 2 };
    for (const name of ['x', 'y', 'x']) await commit({ deadLetters: [named(name)], ...once });
    const full = commit({ deadLetters: [named('x'), named('z')], ...once });
    await expect(full).rejects.toThrow('sender a would have more than 2 dead letters');
    expect((await store.deadLetters('r', 0, 10)).map(({ name }) => name)).toEqual(['x', 'y']);

    await commit({ deadLetters: [named('x'), named('z')] });
    expect(await store.deadLetters('r', 0, 10)).toHaveLength(4);
  });

  it('keeps dead letters until they are revived or dropped', async () => {
    const letter = {
      ...{ sender: 'a', source: 's', origin: '/log', generation: 0, start: 0, end: 4 },
      ...{ record: '{"raw":"one\\n"}', unit: 0, reason: 'status 400', atMs: 5 },
    };
    const units = { ...NO_UNITS, delivered: 1, deadLettered: 2 };
    await commit({
      read: { senders: ['a'], units: 3, bytes: 14 },
      settled: [{ sender: 'a', range: { ...range(0, 14, 0), units } }],
      deadLetters: [letter, { ...letter, unit: 1 }],
    });
    const [first, second] = await store.deadLetters('r', 0, 10);
    expect(first).toMatchObject(letter);

    await commit({ revived: [first?.id ?? 0] });
    expect(await lane('a')).toMatchObject({
      settled: { ...NO_UNITS, delivered: 2, deadLettered: 1 },
      deadLetters: 1,
    });

    await store.dropDeadLetters('r', [second?.id ?? 0]);
    expect(await store.deadLetters('r', 0, 10)).toEqual([]);
  });

  it('counts a dead letter as delivered when it is revived, also of a source that is gone', async () => {
    const letter = {
      ...{ sender: 'a', source: 's', origin: '/log', generation: 0, start: 0, end: 14 },
      ...{ record: '{}', reason: 'status 400', atMs: 5 },
    };
    const units = { ...NO_UNITS, delivered: 1, deadLettered: 2 };
    const settled = [{ sender: 'a', range: { ...range(0, 14, 0), units } }];
    // Two records of one unit, and one of another.
    const deadLetters = [0, 0, 1].map((unit) => ({ ...letter, unit }));
    await commit({ read: { senders: ['a'], units: 3, bytes: 14 }, settled, deadLetters });
    await commit({ source: { id: 't', position: 0 }, forgetSources: ['s'] });

    const [a, b, c] = (await store.deadLetters('r', 0, 10)).map(({ id }) => id);
    for (const id of [a, b]) await commit({ revived: [id ?? 0] });
    expect(await lane('a')).toMatchObject({
      settled: { ...NO_UNITS, delivered: 2, deadLettered: 1 },
    });

    await commit({ revived: [c ?? 0] });
    expect(await lane('a')).toMatchObject({ settled: { ...NO_UNITS, delivered: 3 } });
    expect(await store.ledger('r')).toMatchObject([{ source: '', end: 14 }]);
  });

  it('writes a copy that can be opened', async () => {
    await commit({ source: { id: 's', position: 4 } });
    await store.backup(join(dir, 'copy.db'));

    const copy = await openSqliteCheckpointStore({ path: join(dir, 'copy.db') });
    expect((await copy.load('r', 'e')).positions).toEqual(new Map([['s', 4]]));
    await copy.close();
  });

  it('brings a file of the version before up to date', async () => {
    const path = join(dir, 'old.db');
    const old = new DatabaseSync(path);
    old.exec(`CREATE TABLE positions (runner TEXT NOT NULL, source TEXT NOT NULL,
        position TEXT NOT NULL, PRIMARY KEY (runner, source)) STRICT, WITHOUT ROWID;
      CREATE TABLE totals (runner TEXT NOT NULL PRIMARY KEY, totals TEXT NOT NULL) STRICT;
      CREATE TABLE sinks (path TEXT NOT NULL PRIMARY KEY, identity TEXT NOT NULL,
        size INTEGER NOT NULL) STRICT;
      INSERT INTO positions VALUES ('r', 's', '4');
      PRAGMA user_version = 1;`);
    old.close();

    const renewed = await openSqliteCheckpointStore({ path });
    expect(await renewed.load('r', 'e')).toMatchObject({ positions: new Map([['s', 4]]) });
    await renewed.close();
  });
});
