import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LaneRig, linesOf } from '../../test/support/lane-rig.ts';
import { settled } from '../../test/support/runner-rig.ts';
import {
  ScriptedSender,
  scriptedBatches,
  scriptedLines,
} from '../../test/support/scripted-plugins.ts';
import type { Transform } from '../plugins/plugin.ts';

let rig: LaneRig;

beforeEach(() => {
  rig = new LaneRig();
});

afterEach(() => rig.close());

describe('a transform that expects something of a batch', () => {
  it('is told where it came from, and waited for', async () => {
    const answer = Promise.withResolvers<undefined>();
    const seen: string[] = [];
    const waiting: Transform = {
      expect: ({ origin }) => {
        seen.push(origin);
        return seen.length === 1 ? answer.promise : null;
      },
      apply: (records) => {
        seen.push('apply');
        return { records, errors: 0, lastError: '' };
      },
    };
    const sender = new ScriptedSender('a');
    const runner = rig.start({
      ...{ batches: scriptedBatches(4, 2), senders: [sender], transforms: { waiting } },
    });
    await settled();
    expect(seen).toEqual(['/scripted']);

    answer.resolve(undefined);
    await rig.passing(() => runner.progress.settledBatches === 2);
    expect(seen).toEqual(['/scripted', 'apply', '/scripted', 'apply']);
    expect(linesOf(sender)).toBe(scriptedLines(0, 4));
  });
});
