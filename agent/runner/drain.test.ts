import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUFFER, LaneRig, linesOf } from '../../test/support/lane-rig.ts';
import { settled, until } from '../../test/support/runner-rig.ts';
import {
  ScriptedSender,
  scriptedBatches,
  scriptedLines,
} from '../../test/support/scripted-plugins.ts';
import { BufferFolders } from '../buffer/buffer-folders.ts';

const STOP_MS = 3_000;
/** As long as others wait for a sender before it is left behind. */
const PATIENCE_MS = 1_000;
const DROPPED_MAX = 64;

let rig: LaneRig;

beforeEach(() => {
  rig = new LaneRig();
});

afterEach(() => rig.close());

describe('a batch that is left behind during a stop, while a sink without a key is at it', () => {
  it('is waited for, so that the next life does not send it again', async () => {
    const gate = Promise.withResolvers<undefined>();
    const slow = new ScriptedSender('slow', { behave: () => gate.promise });
    const well = new ScriptedSender('well');
    const batches = scriptedBatches(4, 2);
    const first = rig.start({ batches, senders: [slow, well] });
    await until(() => slow.attempts === 1 && well.taken.length === 1);

    const stopped = first.stop(STOP_MS);
    await settled();
    rig.clock.advance(PATIENCE_MS);
    await until(() => rig.checkpoints.commits.length === 1);
    gate.resolve(undefined);
    await stopped;
    const second = rig.start({ batches, senders: [slow, well] });
    await rig.passing(() => second.progress.settledBatches === 1);

    expect(linesOf(slow)).toBe(scriptedLines(0, 4));
    expect(slow.attempts).toBe(2);
    expect(linesOf(well)).toBe(scriptedLines(0, 4));
  });

  it('stays in the buffer when the sink does not answer until the deadline', async () => {
    const never = new Promise<void>(() => undefined);
    const slow = new ScriptedSender('slow', {
      behave: (attempt) => (attempt === 1 ? never : Promise.resolve()),
    });
    const well = new ScriptedSender('well');
    const batches = scriptedBatches(4, 2);
    const first = rig.start({ batches, senders: [slow, well] });
    await until(() => slow.attempts === 1 && well.taken.length === 1);

    const stopped = first.stop(STOP_MS);
    await settled();
    rig.clock.advance(PATIENCE_MS);
    await until(() => rig.checkpoints.commits.length === 1);
    await settled();
    rig.clock.advance(STOP_MS);
    await stopped;
    const second = rig.start({ batches, senders: [slow, well] });
    await rig.passing(() => linesOf(slow) === scriptedLines(0, 4));

    expect(second.progress.settledBatches).toBe(1);
  });
});

describe('a full buffer whose oldest batches give way', () => {
  it('takes the next batch when it was emptied while something to drop was looked for', async () => {
    const gate = Promise.withResolvers<undefined>();
    const slow = new ScriptedSender('slow', { behave: () => gate.promise });
    const well = new ScriptedSender('well');
    const looking = Promise.withResolvers<undefined>();
    const found = Promise.withResolvers<undefined>();
    const { checkpoints } = rig;
    const buffered = checkpoints.buffered.bind(checkpoints);
    checkpoints.buffered = async (query) => {
      if (query.max === DROPPED_MAX) {
        looking.resolve(undefined);
        await found.promise;
      }
      return buffered(query);
    };
    const buffer = { ...BUFFER, bytesMax: 1, whenFull: 'drop_oldest' } as const;
    const runner = rig.start({ batches: scriptedBatches(4, 2), senders: [slow, well], buffer });
    await rig.passing(() => runner.progress.bufferedBatches === 1);
    await looking.promise;

    gate.resolve(undefined);
    const segment = join(new BufferFolders(rig.bufferDir).of('r1', 'slow'), '1.seg');
    await until(() => runner.progress.bufferedBatches === 0 && !existsSync(segment));
    await settled();
    found.resolve(undefined);
    await until(() => linesOf(well) === scriptedLines(0, 4));

    expect(linesOf(slow)).toBe(scriptedLines(0, 4));
  });
});
