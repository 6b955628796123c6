import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../shared/kernel/errors.ts';
import { away, LaneRig, linesOf } from '../../test/support/lane-rig.ts';
import {
  ScriptedSender,
  scriptedBatches,
  scriptedLines,
} from '../../test/support/scripted-plugins.ts';
import type { Sender } from '../plugins/plugin.ts';
import { RecordsRefused } from '../records/records-refused.ts';
import type { Acceptance } from '../sink/acceptance.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let rig: LaneRig;

beforeEach(() => {
  rig = new LaneRig();
});

afterEach(() => rig.close());

describe('a sink that accepts half a batch', () => {
  it('gets the other half once it is back, nothing twice, and the record at fault never', async () => {
    const sink = { isAway: false };
    const half = new ScriptedSender('half', {
      judge: (text) => {
        if (text.includes('line 7\n')) throw new RecordsRefused('status 400');
        if (sink.isAway) throw new AppError('unavailable', 'away');
        // It takes the first part, and then it is away.
        sink.isAway = text === scriptedLines(0, 4);
      },
    });
    const runner = rig.start({ batches: scriptedBatches(8, 8), senders: [half] });
    await rig.passing(() => half.attempts > 5);
    expect(linesOf(half)).toBe(scriptedLines(0, 4));
    expect(runner.progress).toMatchObject({ settledBatches: 0, trouble: 'sender half: away' });

    sink.isAway = false;
    await rig.passing(() => runner.progress.settledBatches === 1);

    expect(linesOf(half)).toBe(scriptedLines(0, 7));
    expect(runner.progress.ledger['half']?.settled).toMatchObject({
      ...{ units: 8, delivered: 7, deadLettered: 1 },
    });
  });
});

describe('a sink that refuses some records and does not say which', () => {
  class VagueSender extends ScriptedSender {
    override async send(...given: Parameters<Sender['send']>): Promise<Acceptance> {
      const accepted = await super.send(...given);
      return { ...accepted, refusedSome: { count: 2, reason: 'too old' } };
    }
  }

  it('is not asked again, and has them counted as lost once', async () => {
    const vague = new VagueSender('vague');
    const runner = rig.start({ batches: scriptedBatches(8, 4), senders: [vague] });
    await rig.passing(() => runner.progress.settledBatches === 2);

    expect(linesOf(vague)).toBe(scriptedLines(0, 8));
    expect(vague.attempts).toBe(2);
    expect(runner.progress.ledger['vague']?.settled).toMatchObject({
      ...{ units: 8, delivered: 4, dropped: 4, deadLettered: 0 },
    });
    const says = expect.stringContaining('without saying which, so that they are lost: too old');
    expect(runner.progress.totals.senders['vague']).toEqual({
      ...{ success: 4, errors: 4, lastError: says },
    });
    expect(runner.errors.result.send_errors?.['vague']).toMatchObject([{ count: 4, error: says }]);
    expect(runner.progress.trouble).toBeNull();
  });

  it('never has more lines counted than there are', async () => {
    const vague = new VagueSender('vague');
    const runner = rig.start({ batches: scriptedBatches(1, 1), senders: [vague] });
    await rig.passing(() => runner.progress.settledBatches === 1);

    expect(runner.progress.ledger['vague']?.settled).toMatchObject({
      ...{ units: 1, delivered: 0, dropped: 1 },
    });
    expect(runner.progress.totals.senders['vague']).toMatchObject({ success: 0, errors: 1 });
  });
});

describe('clock jumps', () => {
  it.each([
    { days: 400, why: 'forward' },
    { days: -400, why: 'back' },
  ])('neither end nor lengthen a wait, and double and lose nothing: $why', async ({ days }) => {
    const sink = away();
    const dead = new ScriptedSender('dead', { behave: sink.behave });
    const well = new ScriptedSender('well');
    const runner = rig.start({ batches: scriptedBatches(6, 2), senders: [dead, well] });
    await rig.passing(() => dead.attempts > 0);
    const { attempts } = dead;

    rig.clock.jumpWall(days * DAY_MS);
    expect(dead.attempts).toBe(attempts);
    await rig.passing(() => runner.progress.bufferedBatches === 3);
    sink.isAway = false;
    rig.clock.jumpWall(-2 * days * DAY_MS);
    await rig.passing(() => runner.progress.bufferedBatches === 0);

    expect(linesOf(dead)).toBe(scriptedLines(0, 6));
    expect(linesOf(well)).toBe(scriptedLines(0, 6));
  });
});
