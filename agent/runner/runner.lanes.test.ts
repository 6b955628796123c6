import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settledUnits } from '../../shared/domain/ledger.ts';
import { away, BUFFER, LaneRig, linesOf } from '../../test/support/lane-rig.ts';
import { settled } from '../../test/support/runner-rig.ts';
import {
  failing,
  hang,
  ScriptedSender,
  scriptedBatches,
  scriptedLines,
} from '../../test/support/scripted-plugins.ts';
import { BufferFolders } from '../buffer/buffer-folders.ts';
import type { BufferLimits } from '../buffer/buffer-options.ts';

let rig: LaneRig;

beforeEach(() => {
  rig = new LaneRig();
});

afterEach(() => rig.close());

describe('a sender that is away while another goes on', () => {
  it('is left behind after a second, and gets all in order when it is back, each line once', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const well = new ScriptedSender('well');
    const runner = rig.start({ batches: scriptedBatches(12, 2), senders: [dead, well] });
    await rig.passing(() => well.taken.length === 6);
    expect(linesOf(well)).toBe(scriptedLines(0, 12));
    expect(dead.taken).toEqual([]);
    await rig.passing(() => runner.progress.bufferedBatches === 6);
    expect(runner.progress.trouble).toContain('sender dead: away (6 batches are buffered for it)');

    sink.isAway = false;
    await rig.passing(() => linesOf(dead) === scriptedLines(0, 12));
    await rig.passing(() => runner.progress.bufferedBatches === 0);

    expect(runner.progress.trouble).toBeNull();
    expect(well.taken).toHaveLength(6);
  });

  it('gets what is buffered after a restart, and the other nothing twice', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const well = new ScriptedSender('well');
    const batches = scriptedBatches(8, 2);
    const first = rig.start({ batches, senders: [dead, well] });
    await rig.passing(() => first.progress.bufferedBatches === 4);
    await rig.kill(first);

    sink.isAway = false;
    const second = rig.start({ batches, senders: [dead, well] });
    await rig.passing(() => dead.taken.length > 0 && second.progress.bufferedBatches === 0);

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
    const runner = rig.start({ batches, senders: [dead, well] });
    await rig.passing(() => runner.progress.bufferedBatches === 2);
    sink.isAway = false;
    await rig.passing(() => runner.progress.bufferedBatches === 0);
    events.length = 0;

    gate.resolve(undefined);
    await rig.passing(() => linesOf(dead) === scriptedLines(0, 6));
    await rig.passing(() => runner.progress.settledBatches === 3);
  });

  it('does not hold up a stop: what it has not had is buffered', async () => {
    const dead = new ScriptedSender('dead', { behave: away().behave });
    const well = new ScriptedSender('well');
    const runner = rig.start({ batches: scriptedBatches(4, 2), senders: [dead, well] });
    await rig.passing(() => runner.progress.bufferedBatches === 2);

    const stopped = runner.stop(3_000);
    await settled();
    const slept = rig.clock.slept.length;
    await stopped;

    expect(rig.clock.slept).toHaveLength(slept);
  });

  it('is waited for where it has no buffer', async () => {
    const dead = new ScriptedSender('dead', { behave: failing(1_000) });
    const well = new ScriptedSender('well');
    const runner = rig.start({
      batches: scriptedBatches(4, 2),
      senders: [dead, well],
      buffer: null,
    });
    await rig.passing(() => dead.attempts > 5);

    expect(runner.progress.settledBatches).toBe(0);
    expect(well.taken).toHaveLength(1);
  });

  it('holds the others up when its buffer is full, and loses nothing', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const well = new ScriptedSender('well');
    const buffer: BufferLimits = { ...BUFFER, bytesMax: 40 };
    const runner = rig.start({ batches: scriptedBatches(20, 2), senders: [dead, well], buffer });
    await rig.passing(() => runner.progress.bufferedBatches === 2);
    for (let turn = 0; turn < 20; turn += 1) {
      await settled();
      rig.clock.advance(1_000);
    }
    expect(runner.progress.bufferedBatches).toBe(2);

    sink.isAway = false;
    await rig.passing(() => linesOf(dead) === scriptedLines(0, 20));
    await rig.passing(() => linesOf(well) === scriptedLines(0, 20));
  });

  it('loses the oldest, counted, when it is told to drop them', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const well = new ScriptedSender('well');
    const buffer: BufferLimits = { ...BUFFER, bytesMax: 40, whenFull: 'drop_oldest' };
    const runner = rig.start({ batches: scriptedBatches(20, 2), senders: [dead, well], buffer });
    await rig.passing(() => linesOf(well) === scriptedLines(0, 20));
    await rig.passing(() => runner.progress.settledBatches === 10);

    sink.isAway = false;
    await rig.passing(() => runner.progress.ledger['dead']?.settled.units === 20);

    const { settled: done } = runner.progress.ledger['dead'] ?? {};
    const got = linesOf(dead).split('\n').length - 1;
    expect(done).toMatchObject({ units: 20, delivered: got, dropped: 20 - got });
    expect(done?.dropped).toBeGreaterThan(0);
    expect(linesOf(dead).endsWith(scriptedLines(18, 20))).toBe(true);
    const told = runner.errors.result.send_errors?.['dead']?.map(({ error }) => error).join();
    expect(told).toContain('lines are dropped: the buffer is full');
  });

  it('that hangs is not asked twice for the batch that it is asked for', async () => {
    const gate = Promise.withResolvers<undefined>();
    const slow = new ScriptedSender('slow', { behave: () => gate.promise });
    const well = new ScriptedSender('well');
    const runner = rig.start({ batches: scriptedBatches(4, 2), senders: [slow, well] });
    await rig.passing(() => well.taken.length === 2);
    expect(slow.attempts).toBe(1);

    gate.resolve(undefined);
    await rig.passing(() => linesOf(slow) === scriptedLines(0, 4));
    await rig.passing(() => runner.progress.bufferedBatches === 0);

    expect(slow.attempts).toBe(2);
  });

  it('is the one that holds files: the other files go on', async () => {
    const sink = away();
    const full = new ScriptedSender('full', { behave: sink.behave, holdsFiles: true });
    const well = new ScriptedSender('well', { holdsFiles: true });
    const runner = rig.start({ batches: scriptedBatches(6, 2), senders: [full, well] });
    await rig.passing(() => linesOf(well) === scriptedLines(0, 6));

    sink.isAway = false;
    await rig.passing(() => linesOf(full) === scriptedLines(0, 6));
    await rig.passing(() => runner.progress.bufferedBatches === 0);

    expect(linesOf(well)).toBe(scriptedLines(0, 6));
  });

  it('is told as damaged, and goes on, when what was buffered is gone', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const batches = scriptedBatches(6, 2);
    const first = rig.start({ batches, senders: [dead, new ScriptedSender('well')] });
    await rig.passing(() => first.progress.bufferedBatches === 3);
    await rig.kill(first);
    await rm(rig.bufferDir, { recursive: true });

    const second = rig.start({ batches, senders: [dead, new ScriptedSender('well')] });
    await rig.passing(() => second.progress.ledger['dead']?.settled.units === 6);

    expect(second.progress.ledger['dead']?.settled).toMatchObject({ units: 6, dropped: 6 });
    expect(second.progress.totals.senders['dead']?.lastError).toContain('damaged or gone');
  });
});

describe('a buffer of which a part is damaged', () => {
  it('loses that part, counted, and nothing that lies before or behind it', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const batches = scriptedBatches(8, 2);
    const first = rig.start({ batches, senders: [dead, new ScriptedSender('well')] });
    await rig.passing(() => first.progress.bufferedBatches === 4);
    await rig.kill(first);
    const [, damaged] = await rig.checkpoints.buffered({
      ...{ runner: 'r1', sender: 'dead' },
      ...{ afterSeq: 0, max: 9 },
    });
    if (damaged === undefined) throw new Error('nothing is buffered');
    await overwrite(damaged.stored);

    sink.isAway = false;
    const second = rig.start({ batches, senders: [dead, new ScriptedSender('well')] });
    await rig.passing(() => second.progress.ledger['dead']?.settled.units === 8);

    expect(linesOf(dead)).toBe(scriptedLines(0, 2) + scriptedLines(4, 8));
    expect(second.progress.ledger['dead']?.settled).toMatchObject({ delivered: 6, dropped: 2 });
  });

  async function overwrite({ segment, at }: { segment: number; at: number }): Promise<void> {
    const path = join(new BufferFolders(rig.bufferDir).of('r1', 'dead'), `${segment}.seg`);
    const handle = await open(path, 'r+');
    await handle.write(Buffer.from('?'), 0, 1, at);
    await handle.close();
  }
});

describe('a sender that is alone and away', () => {
  it('is waited for: its source keeps what is unread', async () => {
    const dead = new ScriptedSender('dead', { behave: failing(1_000) });
    const runner = rig.start({ batches: scriptedBatches(4, 2), senders: [dead] });
    await rig.passing(() => dead.attempts > 5);

    expect(runner.progress).toMatchObject({ settledBatches: 0, bufferedBatches: 0 });
  });

  it('is left behind when the source is about to lose what is unread', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    let isLosing = false;
    const runner = rig.start({
      batches: scriptedBatches(6, 2),
      senders: [dead],
      isLosing: async () => isLosing,
    });
    await rig.passing(() => dead.attempts > 5);
    expect(runner.progress.bufferedBatches).toBe(0);

    isLosing = true;
    await rig.passing(() => runner.progress.bufferedBatches === 3);
    sink.isAway = false;
    await rig.passing(() => linesOf(dead) === scriptedLines(0, 6));
    await rig.passing(() => runner.progress.bufferedBatches === 0);
  });
});

describe('a source that cannot tell whether it is about to lose something', () => {
  it('is taken for one that is not: no second attempt is made beside the first', async () => {
    const deaf = new ScriptedSender('deaf', { behave: hang });
    let asked = 0;
    const runner = rig.start({
      batches: scriptedBatches(4, 2),
      senders: [deaf],
      isLosing: async () => {
        asked += 1;
        throw new Error('EIO');
      },
    });
    await rig.passing(() => asked > 5);

    expect(deaf.attempts).toBe(1);
    expect(runner.progress.trouble).toBeNull();
  });
});

describe('the ledger', () => {
  it('adds up at any moment: what was read is settled or in flight', async () => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const well = new ScriptedSender('well');
    const runner = rig.start({ batches: scriptedBatches(20, 2), senders: [dead, well] });
    const check = () => {
      for (const { read, settled: done, inFlight } of Object.values(runner.progress.ledger)) {
        expect(read.units).toBe(done.units + inFlight.units);
        expect(read.bytes).toBe(done.bytes + inFlight.bytes);
        expect(settledUnits(done)).toBe(done.units);
      }
      return false;
    };
    await rig.passing(() => check() || runner.progress.bufferedBatches === 10);
    sink.isAway = false;
    await rig.passing(() => check() || runner.progress.bufferedBatches === 0);

    const bytes = Buffer.from(scriptedLines(0, 20));
    const ledger = await rig.checkpoints.ledger('r1');
    expect(ledger.map(({ sender, start: from, end, crc }) => ({ sender, from, end, crc }))).toEqual(
      ['dead', 'well'].map((sender) => ({
        ...{ sender, from: 0, end: bytes.length, crc: crc32(bytes) },
      })),
    );
  });
});
