import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { LaneRig, linesOf } from '../../test/support/lane-rig.ts';
import { batchOf, pluginContext } from '../../test/support/plugin-context.ts';
import {
  type Behaviour,
  failing,
  hang,
  ScriptedSender,
  scriptedBatches,
  scriptedLines,
} from '../../test/support/scripted-plugins.ts';
import { jsonParser } from '../plugins/parsers/json.ts';
import { RecordsRefused } from '../records/records-refused.ts';

let rig: LaneRig;

beforeEach(() => {
  rig = new LaneRig();
});

afterEach(() => rig.close());

describe('the key of a batch', () => {
  const KEYED = { sendsKey: true };

  it('is the same when the batch is sent again, also after a restart', async () => {
    const sender = new ScriptedSender('a', { behave: failing(2), ...KEYED });
    const batches = scriptedBatches(2, 2);
    const first = rig.start({ batches, senders: [sender] });
    await rig.passing(() => sender.attempts === 2);
    await rig.kill(first);
    rig.start({ batches, senders: [sender] });
    await rig.passing(() => sender.taken.length === 1);

    expect(sender.keys).toHaveLength(3);
    expect(new Set(sender.keys).size).toBe(1);
  });

  it('is another for another batch, another sender and after a reset', async () => {
    const senders = ['a', 'b'].map((name) => new ScriptedSender(name, KEYED));
    const batches = scriptedBatches(4, 2);
    const first = rig.start({ batches, senders });
    await rig.passing(() => first.progress.settledBatches === 2);
    await rig.kill(first);
    await rig.checkpoints.forget('r1');
    rig.clock.advance(1);
    const second = rig.start({ batches, senders });
    await rig.passing(() => second.progress.settledBatches === 2);

    const keys = senders.flatMap((sender) => sender.keys);
    expect(new Set(keys).size).toBe(8);
  });

  it('is kept with what it stands for before the batch is first sent', async () => {
    const batches = scriptedBatches(4, 2);
    let sealed: unknown;
    const behave: Behaviour = async (attempt) => {
      if (attempt === 2) sealed = (await rig.checkpoints.load('r1', '')).seals.get('\ns');
    };
    const sender = new ScriptedSender('a', { behave, ...KEYED });
    const runner = rig.start({ batches, senders: [sender] });
    await rig.passing(() => runner.progress.settledBatches === 2);

    const { generation, start: from, end } = batches[1]?.range ?? {};
    expect(sealed).toEqual({ source: 's', generation, start: from, end });
    expect((await rig.checkpoints.load('r1', '')).seals.size).toBe(0);
  });

  it('stays that of the batch that was being sent when its sender was left behind', async () => {
    const slow = new ScriptedSender('slow', { behave: hang, ...KEYED });
    const batches = scriptedBatches(6, 2);
    const first = rig.start({ batches, senders: [slow, new ScriptedSender('well')] });
    await rig.passing(() => first.progress.bufferedBatches >= 3);
    await rig.kill(first);

    const back = new ScriptedSender('slow', KEYED);
    const second = rig.start({ batches, senders: [back, new ScriptedSender('well')] });
    await rig.passing(() => back.taken.length > 0 && second.progress.bufferedBatches === 0);

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
    const runner = rig.start({ batches: scriptedBatches(10, 10), senders: [sender] });
    await rig.passing(() => runner.progress.settledBatches === 1);

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

  it('are delivered when they are replayed to a sink that takes them by then', async () => {
    const poison = [3, 4];
    const sender = picky(poison);
    const runner = rig.start({ batches: scriptedBatches(6, 6), senders: [sender] });
    await rig.passing(() => runner.progress.settledBatches === 1);
    const letters = await rig.checkpoints.deadLetters('r1', 0, 10);

    poison.shift();
    expect(await runner.replay(letters)).toEqual({ sent: 1, failed: 1 });

    expect(sender.taken.at(-1)).toBe('line 3\n');
    expect(await rig.checkpoints.deadLetters('r1', 0, 10)).toEqual([letters[1]]);
    const settled = { units: 6, delivered: 5, deadLettered: 1 };
    expect(runner.progress.ledger['picky']?.settled).toMatchObject(settled);
    expect((await rig.checkpoints.load('r1', '')).lanes.get('picky')?.settled).toMatchObject({
      ...{ delivered: 5, deadLettered: 1 },
    });
  });

  it('count their line once when it made several, in whichever order they are replayed', async () => {
    const poison = ['bad'];
    const sender = new ScriptedSender('picky', {
      form: 'ndjson',
      judge: (text) => {
        if (poison.some((word) => text.includes(word))) throw new RecordsRefused('status 400');
      },
    });
    const text = '[{"a":"bad"},{"a":"bad"}]\n[{"a":"bad"},{"a":"good"}]\n{"a":"bad"}\n';
    const openParser = () => jsonParser.configure({}).open(pluginContext());
    const batches = [{ ...batchOf(text, 's'), position: { next: 1 } }];
    const runner = rig.start({ batches, senders: [sender], openParser });
    await rig.passing(() => runner.progress.settledBatches === 1);
    const settled = () => runner.progress.ledger['picky']?.settled;
    expect(settled()).toMatchObject({ units: 3, delivered: 1, deadLettered: 2 });
    const letters = await rig.checkpoints.deadLetters('r1', 0, 10);

    poison.pop();
    await runner.replay(letters.slice(0, 3).toReversed());

    expect(settled()).toMatchObject({ units: 3, delivered: 2, deadLettered: 1 });
    const kept = (await rig.checkpoints.load('r1', '')).lanes.get('picky')?.settled;
    expect(kept).toMatchObject({ delivered: 2, deadLettered: 1 });
  });

  it('hold the sender up when there are too many: it wants something else altogether', async () => {
    const sender = picky(Array.from({ length: 300 }, (_, number) => number));
    const runner = rig.start({ batches: scriptedBatches(300, 300), senders: [sender] });
    await rig.passing(() => sender.attempts > 300);

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
    const script = { batches: scriptedBatches(2, 2), senders: [new ScriptedSender('a')] };
    const runner = rig.start(script, { config });
    await rig.passing(() => runner.progress.settledBatches === 1);

    expect(rig.checkpoints.commits.map((commit) => commit.isSynced)).toEqual([isSynced]);
  });
});
