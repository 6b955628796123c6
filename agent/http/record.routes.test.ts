import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_UNITS } from '../../shared/domain/ledger.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import type { CheckpointStore, DeadLetter } from '../../shared/stores/checkpoint-store.ts';
import { openSqliteCheckpointStore } from '../../shared/stores/sqlite-checkpoint-store.ts';
import { type EdgeServer, serveEdge } from '../../test/support/edge-server.ts';
import { RunnersRig } from '../../test/support/runners-rig.ts';
import { DeadLetters } from '../operate/dead-letters.ts';
import { Positions } from '../operate/positions.ts';
import type { Running } from '../runner/running.ts';
import { recordRoutes } from './record.routes.ts';

/** Bytes of a numbered line; the source of the rig holds 100. */
const LINE = 14;
const AT = '/logkit/runners/r1';

let rig: RunnersRig;
let store: CheckpointStore;
let edge: EdgeServer;
let api: ReturnType<typeof request>;

beforeEach(async () => {
  rig = await RunnersRig.create();
  // A second connection to the file that the runners of the rig work with.
  store = await openSqliteCheckpointStore({ path: join(rig.dir, 'data', 'checkpoints.db') });
  const { runners } = rig;
  const positions = new Positions({
    ...{ runners, checkpoints: store, clock: systemClock },
    lineAtTime: (_handle, _size, timeMs) => Promise.resolve((timeMs / 1000) * LINE),
  });
  const deadLetters = new DeadLetters({
    checkpoints: store,
    runners: {
      inTurn: (name, work) =>
        runners.inTurn(name, (runner) => work(runner === null ? null : replaying(runner))),
    },
  });
  edge = await serveEdge({
    routes: recordRoutes({ runners, checkpoints: store, positions, deadLetters }),
  });
  api = request(edge.url);
  await rig.add();
  await rig.waitForLines(100);
});

afterEach(async () => {
  await edge.close(0);
  await store.close();
  await rig.remove();
});

/** A runner that sends letters again, but for those with an odd id. */
function replaying(runner: Running): Running {
  return Object.assign(Object.create(runner) as Running, {
    replay: async (letters: readonly { id: number }[]) => {
      const revived = letters.map(({ id }) => id).filter((id) => id % 2 === 0);
      await store.dropDeadLetters('r1', revived);
      return { sent: revived.length, failed: letters.length - revived.length };
    },
    dropped: () => undefined,
  });
}

async function refuse(count: number): Promise<void> {
  const deadLetters = Array.from(
    { length: count },
    (_, index): DeadLetter => ({
      ...{ sender: 'a', source: 's', origin: '/log', generation: 0, start: index, end: index + 1 },
      ...{ record: `{"n":${index}}`, unit: index, reason: 'no', atMs: 5 },
    }),
  );
  await store.commit({ runner: 'r1', sinks: [], totals: null, deadLetters });
}

describe('positions', () => {
  it('are shown with the file they are in', async () => {
    const { body } = await api.get(`${AT}/positions`).expect(200);

    expect(body.data).toMatchObject([
      { path: rig.source, offset: 1400, size: 1400, generation: 0 },
    ]);
  });

  it('are moved to the start of a line: from there everything is read again', async () => {
    const body = { path: rig.source, offset: 95 * LINE - 3 };
    const answer = await api.put(`${AT}/positions`).send(body).expect(200);

    expect(answer.body.data).toMatchObject({
      moved: [{ path: rig.source, from: 1400, to: 95 * LINE }],
      skipped: [],
    });
    await appendFile(rig.source, 'one more line\n');
    await rig.waitForLines(106);
    expect((await rig.lines()).slice(100, 102)).toEqual(['line 00000095', 'line 00000096']);
  });

  it.each([
    { to: 'oldest', offset: 0 },
    { to: 'newest', offset: 1400 },
    { to: '1970-01-01T00:00:07Z', offset: 7 * LINE },
  ])('are moved to $to in all files, also of a stopped runner', async ({ to, offset }) => {
    await rig.runners.stop('r1');
    const { body } = await api.put(`${AT}/positions`).send({ to }).expect(200);

    expect(body.data.moved).toMatchObject([{ to: offset }]);
    expect((await api.get(`${AT}/positions`)).body.data).toMatchObject([{ offset }]);
    expect(rig.status()?.runningStatus).toBe('stopped');
  });

  it.each([
    { body: {}, says: 'to is missing; write "oldest", "newest" or a time' },
    { body: { to: 'yesterday' }, says: 'to: "yesterday" is no place' },
    { body: { offset: 3 }, says: 'offset needs the path of the file' },
    { body: { path: '$', offset: 3, to: 'oldest' }, says: 'give offset or to, not both' },
    {
      body: { path: '/nosuch', offset: 3 },
      says: 'has no position to move in /nosuch; it reads: $',
    },
    { body: { path: '$', offset: 1401 }, says: 'offset 1401 is behind the end of $ (1400 bytes)' },
  ])('are left alone and the runner goes on: $says', async ({ body, says }) => {
    const real = Object.fromEntries(
      Object.entries(body).map(([key, value]) => [key, value === '$' ? rig.source : value]),
    );
    const answer = await api.put(`${AT}/positions`).send(real).expect(400);

    expect(answer.body.message).toContain(says.replace('$', rig.source));
    await appendFile(rig.source, 'one more line\n');
    await rig.waitForLines(101);
  });
});

describe('the ledger', () => {
  it('is answered in pages, with the counts of each sender', async () => {
    const [{ source }] = (await api.get(`${AT}/positions`)).body.data;
    const units = { ...NO_UNITS, delivered: 1 };
    const range = (start: number) => ({
      sender: 'a',
      range: { source, generation: 0, start, end: start + 1, crc: 7, units },
    });
    const settled = [range(0), range(5), range(9)];
    const read = { senders: ['a'], units: 3, bytes: 3 };
    await store.commit({ runner: 'r1', sinks: [], totals: null, settled, read });

    const first = (await api.get(`${AT}/ledger?limit=2`).expect(200)).body.data;
    expect(first).toMatchObject({
      senders: expect.arrayContaining([
        expect.objectContaining({ sender: 'a', readUnits: 3, settledUnits: 3 }),
      ]),
      next: 2,
    });
    const { body } = await api.get(`${AT}/ledger?after=2`).expect(200);
    expect(body.data).toMatchObject({
      ranges: [{ start: 9, crc: 7, path: rig.source }, { start: 0 }],
      next: null,
    });
  });
});

describe('dead letters', () => {
  it('are listed in pages', async () => {
    await refuse(3);
    const { letters, next } = (await api.get(`${AT}/deadletters?limit=2`).expect(200)).body.data;

    expect(letters).toMatchObject([{ id: 1, record: '{"n":0}', reason: 'no' }, { id: 2 }]);
    const rest = (await api.get(`${AT}/deadletters?after=${next}`).expect(200)).body.data;
    expect(rest).toMatchObject({ letters: [{ id: 3 }], next: null });
  });

  it('are sent again, and those that are refused again are kept', async () => {
    await refuse(3);
    const { body } = await api.post(`${AT}/deadletters/replay`).send({ all: true }).expect(200);

    expect(body.data).toEqual({ sent: 1, failed: 2, next: null });
    const kept = (await api.get(`${AT}/deadletters`)).body.data.letters;
    expect(kept).toMatchObject([{ id: 1 }, { id: 3 }]);
  });

  it('are dropped by id, or all', async () => {
    await refuse(150);
    const some = await api.delete(`${AT}/deadletters?ids=2,3,3`).expect(200);
    const all = await api.delete(`${AT}/deadletters?all=true`).expect(200);

    expect([some.body.data, all.body.data]).toEqual([{ dropped: 2 }, { dropped: 148 }]);
  });

  it('are not sent again by a runner that is stopped', async () => {
    await refuse(1);
    await rig.runners.stop('r1');
    const { body } = await api
      .post(`${AT}/deadletters/replay`)
      .send({ ids: [1] })
      .expect(400);

    expect(body.message).toBe('runner r1 is stopped; start it to replay');
  });
});

it.each([
  { method: 'get', path: 'deadletters?limit=0', says: 'limit: 0 is not from 1 to 1000' },
  { method: 'get', path: 'deadletters?after=x', says: 'after: "x" is no whole number' },
  { method: 'delete', path: 'deadletters', says: 'give the ids of dead letters, or all=true' },
  { method: 'delete', path: 'deadletters?ids=1&all=true', says: 'give the ids' },
  { method: 'delete', path: 'deadletters?ids=1,x', says: 'ids: "1,x" is no list' },
  { method: 'delete', path: 'deadletters?ids=7', says: 'runner r1 has no dead letter 7' },
  { method: 'get', path: '../nosuch/ledger', says: 'runner nosuch not found' },
] as const)('$method $path is refused: $says', async ({ method, path, says }) => {
  const { body } = await api[method](join(AT, path)).expect(400);

  expect(body.message).toContain(says);
});
