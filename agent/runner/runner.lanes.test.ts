import { rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settledUnits } from '../../shared/domain/ledger.ts';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { RunnerRig, settled, until } from '../../test/support/runner-rig.ts';
import {
  type Behaviour,
  failing,
  hang,
  ScriptedSender,
  scriptedBatches,
  scriptedLines,
  scriptedPipeline,
} from '../../test/support/scripted-plugins.ts';
import type { BufferLimits } from '../buffer/buffer-options.ts';
import { RecordsRefused } from '../records/records-refused.ts';
import type { Runner } from './runner.ts';

const STOP_MS = 3_000;
const BUFFER: BufferLimits = { bytesMax: 1_000, segmentBytesMax: 40, whenFull: 'block' };

let rig: RunnerRig;
let running: Runner[];

beforeEach(() => {
  rig = new RunnerRig();
  running = [];
});

afterEach(async () => {
  const stopped = Promise.all(running.map((runner) => runner.stop(STOP_MS)));
  for (let turn = 0; turn < 20; turn += 1) {
    await settled();
    rig.clock.advance(STOP_MS);
  }
  await stopped;
  await rm(rig.bufferDir, { recursive: true, force: true });
});

/** A sink that is away until it is told to be there. */
function away(): { readonly behave: Behaviour; isAway: boolean } {
  const sink = {
    isAway: true,
    behave: async () => {
      if (sink.isAway) throw new AppError('unavailable', 'away');
    },
  };
  return sink;
}

function start(script: Parameters<typeof scriptedPipeline>[0]): Runner {
  const runner = rig.started(scriptedPipeline({ buffer: BUFFER, ...script }));
  running.push(runner);
  return runner;
}

/** Lets time pass until it is so. */
async function passing(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !isSo(); turn += 1) {
    await settled();
    rig.clock.advance(250);
  }
  await until(isSo);
}

async function kill(runner: Runner): Promise<void> {
  const stopped = runner.stop(0);
  await settled();
  rig.clock.advance(1);
  await stopped;
  running = running.filter((other) => other !== runner);
}

function linesOf(sender: ScriptedSender): string {
  return sender.taken.join('');
}

describe('a sender that is away while another goes on', () => {
  it('is left behind after a second, and gets all in order when it is back, each line once', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const well = new ScriptedSender('well');
    const runner = start({ batches: scriptedBatches(12, 2), senders: [dead, well] });
    await passing(() => well.taken.length === 6);
    expect(linesOf(well)).toBe(scriptedLines(0, 12));
    expect(dead.taken).toEqual([]);
    await until(() => runner.progress.bufferedBatches === 6);
    expect(runner.progress.trouble).toContain('sender dead: away (6 batches are buffered for it)');

    sink.isAway = false;
    await passing(() => runner.progress.bufferedBatches === 0);

    expect(linesOf(dead)).toBe(scriptedLines(0, 12));
    expect(runner.progress.trouble).toBeNull();
    expect(well.taken).toHaveLength(6);
  });

  it('gets what is buffered after a restart, and the other nothing twice', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const well = new ScriptedSender('well');
    const batches = scriptedBatches(8, 2);
    const first = start({ batches, senders: [dead, well] });
    await passing(() => first.progress.bufferedBatches === 4);
    await kill(first);

    sink.isAway = false;
    const second = start({ batches, senders: [dead, well] });
    await passing(() => dead.taken.length > 0 && second.progress.bufferedBatches === 0);

    expect(linesOf(dead)).toBe(scriptedLines(0, 8));
    expect(linesOf(well)).toBe(scriptedLines(0, 8));
  });

  it('is handed the batches as they are read again once it has caught up', async () => {
    const sink = away();
    const events: string[] = [];
    const dead = new ScriptedSender('dead', { behave: sink.behave, events });
    const gate = Promise.withResolvers<undefined>();
    const batches = scriptedBatches(6, 2);
    const well = new ScriptedSender('well', {
      behave: async (attempt) => {
        if (attempt === 3) await gate.promise;
      },
    });
    const runner = start({ batches, senders: [dead, well] });
    await passing(() => runner.progress.bufferedBatches === 2);
    sink.isAway = false;
    await passing(() => runner.progress.bufferedBatches === 0);
    events.length = 0;

    gate.resolve(undefined);
    await passing(() => runner.progress.settledBatches === 3);

    expect(linesOf(dead)).toBe(scriptedLines(0, 6));
  });

  it('is waited for where it has no buffer', async () => {
    const dead = new ScriptedSender('dead', { behave: failing(1_000) });
    const well = new ScriptedSender('well');
    const runner = start({
      batches: scriptedBatches(4, 2),
      senders: [dead, well],
      buffer: null,
    });
    await passing(() => dead.attempts > 5);

    expect(runner.progress.settledBatches).toBe(0);
    expect(well.taken).toHaveLength(1);
  });

  it('holds the others up when its buffer is full, and loses nothing', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const well = new ScriptedSender('well');
    const buffer: BufferLimits = { ...BUFFER, bytesMax: 40 };
    const runner = start({ batches: scriptedBatches(20, 2), senders: [dead, well], buffer });
    await passing(() => runner.progress.bufferedBatches === 2);
    for (let turn = 0; turn < 20; turn += 1) {
      await settled();
      rig.clock.advance(1_000);
    }
    expect(runner.progress.bufferedBatches).toBe(2);

    sink.isAway = false;
    await passing(() => linesOf(dead) === scriptedLines(0, 20));
    await passing(() => linesOf(well) === scriptedLines(0, 20));
  });

  it('loses the oldest, counted, when it is told to drop them', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const well = new ScriptedSender('well');
    const buffer: BufferLimits = { ...BUFFER, bytesMax: 40, whenFull: 'drop_oldest' };
    const runner = start({ batches: scriptedBatches(20, 2), senders: [dead, well], buffer });
    await passing(() => linesOf(well) === scriptedLines(0, 20));
    await passing(() => runner.progress.settledBatches === 10);

    sink.isAway = false;
    await passing(() => runner.progress.bufferedBatches === 0);

    const { settled: done } = runner.progress.ledger['dead'] ?? {};
    const got = linesOf(dead).split('\n').length - 1;
    expect(done).toMatchObject({ units: 20, delivered: got, dropped: 20 - got });
    expect(done?.dropped).toBeGreaterThan(0);
    expect(linesOf(dead).endsWith(scriptedLines(18, 20))).toBe(true);
    expect(runner.progress.totals.senders['dead']?.lastError).toContain('lines are dropped');
  });

  it('that hangs is not asked twice for the batch that it is asked for', async () => {
    const gate = Promise.withResolvers<undefined>();
    const slow = new ScriptedSender('slow', { behave: () => gate.promise });
    const well = new ScriptedSender('well');
    const runner = start({ batches: scriptedBatches(4, 2), senders: [slow, well] });
    await passing(() => well.taken.length === 2);
    expect(slow.attempts).toBe(1);

    gate.resolve(undefined);
    await passing(() => runner.progress.bufferedBatches === 0);

    expect(linesOf(slow)).toBe(scriptedLines(0, 4));
    expect(slow.attempts).toBe(2);
  });

  it('is the one that holds files: the other files go on', async () => {
    const sink = away();
    const full = new ScriptedSender('full', { behave: sink.behave, holdsFiles: true });
    const well = new ScriptedSender('well', { holdsFiles: true });
    const runner = start({ batches: scriptedBatches(6, 2), senders: [full, well] });
    await passing(() => linesOf(well) === scriptedLines(0, 6));

    sink.isAway = false;
    await passing(() => runner.progress.bufferedBatches === 0);

    expect(linesOf(full)).toBe(scriptedLines(0, 6));
    expect(linesOf(well)).toBe(scriptedLines(0, 6));
  });

  it('is told as damaged, and goes on, when what was buffered is gone', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const batches = scriptedBatches(6, 2);
    const first = start({ batches, senders: [dead, new ScriptedSender('well')] });
    await passing(() => first.progress.bufferedBatches === 3);
    await kill(first);
    await rm(rig.bufferDir, { recursive: true });

    const second = start({ batches, senders: [dead, new ScriptedSender('well')] });
    await passing(() => second.progress.ledger['dead']?.settled.units === 6);

    expect(second.progress.ledger['dead']?.settled).toMatchObject({ units: 6, dropped: 6 });
    expect(second.progress.totals.senders['dead']?.lastError).toContain('damaged or gone');
  });
});

describe('a sender that is alone and away', () => {
  it('is waited for: its source keeps what is unread', async () => {
    const dead = new ScriptedSender('dead', { behave: failing(1_000) });
    const runner = start({ batches: scriptedBatches(4, 2), senders: [dead] });
    await passing(() => dead.attempts > 5);

    expect(runner.progress).toMatchObject({ settledBatches: 0, bufferedBatches: 0 });
  });

  it('is left behind when the source is about to lose what is unread', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    let isLosing = false;
    const runner = start({
      batches: scriptedBatches(6, 2),
      senders: [dead],
      isLosing: async () => isLosing,
    });
    await passing(() => dead.attempts > 5);
    expect(runner.progress.bufferedBatches).toBe(0);

    isLosing = true;
    await passing(() => runner.progress.bufferedBatches === 3);
    sink.isAway = false;
    await passing(() => runner.progress.bufferedBatches === 0);

    expect(linesOf(dead)).toBe(scriptedLines(0, 6));
  });
});

describe('the ledger', () => {
  it('adds up at any moment: what was read is settled or in flight', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const well = new ScriptedSender('well');
    const runner = start({ batches: scriptedBatches(20, 2), senders: [dead, well] });
    const check = () => {
      for (const { read, settled: done, inFlight } of Object.values(runner.progress.ledger)) {
        expect(read.units).toBe(done.units + inFlight.units);
        expect(read.bytes).toBe(done.bytes + inFlight.bytes);
        expect(settledUnits(done)).toBe(done.units);
      }
      return false;
    };
    await passing(() => check() || runner.progress.bufferedBatches === 10);
    sink.isAway = false;
    await passing(() => check() || runner.progress.bufferedBatches === 0);

    const bytes = Buffer.from(scriptedLines(0, 20));
    const ledger = await rig.checkpoints.ledger('r1');
    expect(ledger.map(({ sender, start: from, end, crc }) => ({ sender, from, end, crc }))).toEqual(
      ['dead', 'well'].map((sender) => ({
        ...{ sender, from: 0, end: bytes.length, crc: crc32(bytes) },
      })),
    );
  });
});

describe('the key of a batch', () => {
  const KEYED = { sendsKey: true };

  it('is the same when the batch is sent again, also after a restart', async () => {
    const sender = new ScriptedSender('a', { behave: failing(2), ...KEYED });
    const batches = scriptedBatches(2, 2);
    const first = start({ batches, senders: [sender] });
    await passing(() => sender.attempts === 2);
    await kill(first);
    start({ batches, senders: [sender] });
    await passing(() => sender.taken.length === 1);

    expect(sender.keys).toHaveLength(3);
    expect(new Set(sender.keys).size).toBe(1);
  });

  it('is another for another batch, another sender and after a reset', async () => {
    const senders = ['a', 'b'].map((name) => new ScriptedSender(name, KEYED));
    const batches = scriptedBatches(4, 2);
    const first = start({ batches, senders });
    await passing(() => first.progress.settledBatches === 2);
    await kill(first);
    await rig.checkpoints.forget('r1');
    rig.clock.advance(1);
    const second = start({ batches, senders });
    await passing(() => second.progress.settledBatches === 2);

    const keys = senders.flatMap((sender) => sender.keys);
    expect(new Set(keys).size).toBe(8);
  });

  it('is kept with what it stands for before the batch is first sent', async () => {
    const batches = scriptedBatches(4, 2);
    let sealed: unknown;
    const behave: Behaviour = async (attempt) => {
      if (attempt === 2) sealed = (await rig.checkpoints.load('r1', '')).seals.get('');
    };
    const sender = new ScriptedSender('a', { behave, ...KEYED });
    const runner = start({ batches, senders: [sender] });
    await passing(() => runner.progress.settledBatches === 2);

    const { generation, start: from, end } = batches[1]?.range ?? {};
    expect(sealed).toEqual({ source: 's', generation, start: from, end });
    expect((await rig.checkpoints.load('r1', '')).seals.size).toBe(0);
  });

  it('stays that of the batch that was being sent when its sender was left behind', async () => {
    const slow = new ScriptedSender('slow', { behave: hang, ...KEYED });
    const batches = scriptedBatches(6, 2);
    const first = start({ batches, senders: [slow, new ScriptedSender('well')] });
    await passing(() => first.progress.bufferedBatches === 3);
    await kill(first);

    const back = new ScriptedSender('slow', KEYED);
    const second = start({ batches, senders: [back, new ScriptedSender('well')] });
    await passing(() => back.taken.length > 0 && second.progress.bufferedBatches === 0);

    expect(back.keys[0]).toBe(slow.keys[0]);
    expect(back.taken[0]).toBe(scriptedLines(0, 2));
    expect(linesOf(back)).toBe(scriptedLines(0, 6));
  });
});

describe('records that the sink refuses', () => {
  /** Takes batches without a poisoned line. */
  function picky(poison: readonly number[]): ScriptedSender {
    return new ScriptedSender('picky', {
      judge: (text) => {
        const isBad = poison.some((number) => text.includes(`line ${number}\n`));
        if (isBad) throw new RecordsRefused('status 400');
      },
    });
  }

  it('become dead letters with their reason, and all others are delivered once', async () => {
    const sender = picky([3, 4, 9]);
    const runner = start({ batches: scriptedBatches(10, 10), senders: [sender] });
    await passing(() => runner.progress.settledBatches === 1);

    const letters = await rig.checkpoints.deadLetters('r1', 0, 10);
    expect(letters.map(({ record, reason }) => ({ record, reason }))).toEqual(
      [3, 4, 9].map((number) => ({
        record: JSON.stringify({ raw: `line ${number}\n` }),
        reason: 'status 400',
      })),
    );
    const expected = scriptedLines(0, 10).replace(/line [349]\n/g, '');
    expect(linesOf(sender)).toBe(expected);
    expect(runner.progress.ledger['picky']?.settled).toMatchObject({
      ...{ units: 10, delivered: 7, deadLettered: 3 },
    });
  });

  it('hold the sender up when there are too many: it wants something else altogether', async () => {
    const sender = picky(Array.from({ length: 300 }, (_, number) => number));
    const runner = start({ batches: scriptedBatches(300, 300), senders: [sender] });
    await passing(() => sender.attempts > 300);

    expect(runner.progress.settledBatches).toBe(0);
    expect(runner.progress.trouble).toContain('refuses more than 100 records');
    expect(await rig.checkpoints.deadLetters('r1', 0, 10)).toEqual([]);
  });
});

describe('durability', () => {
  it.each([
    { durability: 'power' as const, isSynced: true },
    { durability: undefined, isSynced: false },
  ])('$durability makes commits synced: $isSynced', async ({ durability, isSynced }) => {
    const config = RunnerConfig.parse({ name: 'r1', durability });
    const pipeline = scriptedPipeline({
      batches: scriptedBatches(2, 2),
      senders: [new ScriptedSender('a')],
    });
    const runner = rig.started(pipeline, { config });
    running.push(runner);
    await passing(() => runner.progress.settledBatches === 1);

    expect(rig.checkpoints.commits.map((commit) => commit.isSynced)).toEqual([isSynced]);
  });
});
