import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPartitionStore } from '../../shared/stores/partitions/open-partition-store.ts';
import { HttpRecorder } from '../../test/support/http-recorder.ts';
import { linesIn } from '../../test/support/lines.ts';
import { RunnersRig } from '../../test/support/runners-rig.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { DeadLetters } from '../operate/dead-letters.ts';

const ALL = { all: true, after: 0 } as const;

let one: RunnersRig;
let two: RunnersRig;
let sink: HttpRecorder;
/** Whether the sink refuses what has a 3 in it. */
let isPicky = true;

beforeEach(async () => {
  isPicky = true;
  sink = await HttpRecorder.open(({ body }) => ({
    status: isPicky && body.includes('3') ? 422 : 200,
  }));
  one = await RunnersRig.create({ openPartitions: (namespace) => store(namespace) });
  two = await RunnersRig.create({
    ...{ openPartitions: (namespace) => store(namespace), workerId: 'agent-2' },
  });
  await mkdir(join(one.dir, 'in'));
  await writeFile(join(one.dir, 'in', 'a.log'), lines(0, 10));
});
afterEach(async () => {
  await Promise.all([one.remove(), two.remove()]);
  await sink.close();
});

function store(namespace: string) {
  return openPartitionStore({ type: 'sqlite', path: join(one.dir, 'data', 'p.db') }, namespace);
}

function lines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, nth) => `{"n":${from + nth}}\n`).join('');
}

const shared = (change: object = {}) => ({
  partition: { key: 'events', lease_ms: 2_000, planner_interval_ms: 100 },
  reader: { mode: 'files', log_path: join(one.dir, 'in', '*.log'), settle: '20ms' },
  parser: { type: 'json', errdata_to: 'dead_letters' },
  senders: [{ sender_type: 'http', http_sender_url: sink.url }],
  ...change,
});

const letters = (rig: RunnersRig) => rig.launch.checkpoints.deadLetters('r1', 0, 100);
const replay = ({ runners, launch: { checkpoints } }: RunnersRig) =>
  new DeadLetters({ runners, checkpoints }).replay('r1', ALL, 1_000);
/** Of the record that the sink refuses, by itself. */
const taken = () => sink.received.filter(({ body }) => body.trim() === '{"n":3}');

async function untilDone(rig: RunnersRig): Promise<void> {
  await waitFor('the partition', () => rig.status()?.partition?.partitions.completed === 1);
}

describe('dead letters of a runner whose work agents share', () => {
  it('are sent again, each once, whichever agents have copies of it', async () => {
    await one.add('r1', shared());
    await untilDone(one);
    const [letter] = await letters(one);
    if (letter === undefined) throw new Error('there is no dead letter');
    await two.add('r1', shared());
    await waitFor('the other agent', () => two.status()?.partition?.active_workers === 2);
    const copy = { runner: 'r1', sinks: [], totals: null, deadLetters: [letter] };
    await two.launch.checkpoints.commit(copy);

    expect(await replay(one)).toEqual({ sent: 0, failed: 1, next: null });
    expect(await letters(one)).toEqual([letter]);
    isPicky = false;
    const before = taken().length;
    expect(await replay(two)).toEqual({ sent: 1, failed: 0, next: null });
    expect(await replay(one)).toEqual({ sent: 1, failed: 0, next: null });

    expect(taken()).toHaveLength(before + 1);
    expect([await letters(one), await letters(two)]).toEqual([[], []]);
    expect(Object.values(two.status()?.senderStats ?? {})[0]).toMatchObject({ success: 1 });
  });

  it('go to the file itself when lines parse by now', async () => {
    await writeFile(join(one.dir, 'in', 'a.log'), '{"n":0}\nn=1\n{"n":2}\n');
    const senders = [{ sender_type: 'file', file_send_path: one.sink() }];
    await one.add('r1', shared({ senders }));
    await untilDone(one);
    const [letter, ...others] = await letters(one);
    expect([letter?.record, others]).toEqual(['"n=1"', []]);
    const parser = { type: 'KV', splitter: '=' };
    await one.runners.update('r1', one.config('r1', shared({ senders, parser })), false);
    await waitFor('the store', () => one.status()?.partition?.active_workers === 1);

    expect(await replay(one)).toEqual({ sent: 1, failed: 0, next: null });

    expect(await one.lines()).toEqual(['{"n":1}']);
    const published = (await readdir(one.dir)).filter((name) => name.startsWith('r1.events-'));
    expect(await linesIn(join(one.dir, published[0] ?? ''))).toEqual(['{"n":0}', '{"n":2}']);
    expect(await letters(one)).toEqual([]);
  });
});
