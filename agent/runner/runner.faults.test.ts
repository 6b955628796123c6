import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../shared/kernel/errors.ts';
import { pluginContext } from '../../test/support/plugin-context.ts';
import { RunnerRig, until } from '../../test/support/runner-rig.ts';
import {
  ScriptedSender,
  scriptedBatches,
  scriptedLines,
  scriptedPipeline,
} from '../../test/support/scripted-plugins.ts';
import { jsonParser } from '../plugins/parsers/json.ts';
import type { Transform } from '../plugins/plugin.ts';

const STOP_MS = 3_000;

let rig: RunnerRig;

beforeEach(() => {
  rig = new RunnerRig();
});

describe('a commit that the disk refuses', () => {
  let events: string[];
  let batches: ReturnType<typeof scriptedBatches>;

  beforeEach(() => {
    events = [];
    batches = scriptedBatches(4, 2);
  });

  function startedOnFullDisk() {
    const sender = new ScriptedSender('a', { events });
    const beforeBatch = () => {
      rig.checkpoints.disk = () => {
        throw new AppError('unavailable', 'disk full');
      };
    };
    return rig.started(scriptedPipeline({ batches, senders: [sender], beforeBatch }));
  }

  it('is tried again with growing waits, and the sinks are not asked again', async () => {
    const runner = startedOnFullDisk();
    for (const [i, ms] of [250, 500].entries()) {
      await until(() => rig.clock.slept.length === i + 1);
      expect(runner.progress.trouble).toBe('cannot keep the checkpoint: disk full');
      rig.clock.advance(ms);
    }
    await until(() => rig.clock.slept.length === 3);
    expect(events).toEqual(['a asked']);

    rig.checkpoints.disk = () => undefined;
    rig.clock.advance(1_000);
    await until(() => rig.checkpoints.commits.length >= 1);
    const stopped = runner.stop(STOP_MS);
    rig.clock.advance(STOP_MS);
    await stopped;
    expect(rig.clock.slept.slice(0, 3)).toEqual([250, 500, 1_000]);
    expect(events.slice(0, 2)).toEqual(['a asked', 'a committed']);
    expect(rig.checkpoints.commits[0]?.totals).toMatchObject({ reader: { success: 2 } });
  });

  it('is taken back by the sinks when the runner has to stop', async () => {
    const runner = startedOnFullDisk();
    await until(() => rig.clock.slept.length === 1);
    const stopped = runner.stop(STOP_MS);
    rig.clock.advance(STOP_MS);
    await stopped;

    expect(events).toEqual(['a asked', 'a undone']);
    expect(rig.checkpoints.commits).toEqual([]);
  });
});

describe('a reader', () => {
  it('is opened anew at the last commit, after growing waits, when it throws', async () => {
    const batches = scriptedBatches(6, 2);
    const sender = new ScriptedSender('a');
    const runner = rig.started(
      scriptedPipeline({
        batches,
        senders: [sender],
        beforeBatch: (opening, batch) => {
          if (opening <= 3 && batch === batches[1]) throw new Error('I/O error');
        },
      }),
    );
    for (const [i, ms] of [250, 500, 1_000].entries()) {
      await until(() => rig.clock.slept.length === i + 1);
      expect(runner.progress.trouble).toBe('I/O error');
      rig.clock.advance(ms);
    }
    await until(() => runner.progress.settledBatches === 3);

    expect(rig.clock.slept).toEqual([250, 500, 1_000]);
    expect(sender.taken).toEqual([0, 2, 4].map((from) => scriptedLines(from, from + 2)));
    expect(runner.progress).toMatchObject({
      trouble: null,
      totals: { bytes: 42, reader: { success: 6, errors: 3, lastError: 'I/O error' } },
    });
    expect(runner.errors.result.read_errors).toMatchObject([{ error: 'I/O error', count: 3 }]);
    expect(rig.logged.map(({ msg }) => msg)).toEqual(['runner is in trouble, trying again']);
    await runner.stop(STOP_MS);
  });

  it('is waited for when the senders cannot be opened', async () => {
    let attempts = 0;
    const sender = new ScriptedSender('a');
    const runner = rig.started(
      scriptedPipeline({
        batches: scriptedBatches(2, 2),
        openSenders: async () => {
          attempts += 1;
          if (attempts === 1) throw new AppError('unavailable', 'no such host');
          return [{ name: 'a', sender, buffer: null, route: null }];
        },
      }),
    );
    await until(() => rig.clock.slept.length === 1);
    expect(runner.progress.trouble).toBe('no such host');
    rig.clock.advance(250);
    await until(() => runner.progress.settledBatches === 1);
    await runner.stop(STOP_MS);
  });
});

describe('a record', () => {
  it('that does not parse is counted and told, and sent on all the same', async () => {
    const sender = new ScriptedSender('a', { form: 'ndjson' });
    const parser = jsonParser.configure({}).open(pluginContext());
    const runner = rig.started(
      scriptedPipeline({
        batches: scriptedBatches(2, 2),
        senders: [sender],
        openParser: () => parser,
      }),
    );
    await until(() => runner.progress.settledBatches === 1);
    await runner.stop(STOP_MS);

    expect(runner.progress.totals).toMatchObject({
      reader: { success: 2, errors: 0 },
      parser: { success: 0, errors: 2, lastError: expect.stringContaining('line 1') },
      senders: { a: { success: 2 } },
    });
    expect(runner.errors.result.parse_errors).toMatchObject([{ count: 2 }]);
    expect(sender.taken).toEqual(['{"pandora_stash":"line 0"}\n{"pandora_stash":"line 1"}\n']);
  });

  it.each<{ why: string; apply: Transform['apply']; success: number; errors: number }>([
    {
      why: 'fails for it',
      apply: (records) => ({ records, errors: 1, lastError: 'no such field' }),
      ...{ success: 2, errors: 1 },
    },
    {
      why: 'throws',
      apply: () => {
        throw new Error('no such field');
      },
      ...{ success: 0, errors: 3 },
    },
  ])('is not lost when a transform $why', async ({ apply, success, errors }) => {
    const sender = new ScriptedSender('a');
    const runner = rig.started(
      scriptedPipeline({
        batches: scriptedBatches(3, 3),
        senders: [sender],
        transforms: { shaky: { apply } },
      }),
    );
    await until(() => runner.progress.settledBatches === 1);
    await runner.stop(STOP_MS);

    expect(sender.taken).toEqual([scriptedLines(0, 3)]);
    expect(runner.progress.totals.transforms).toEqual({
      'shaky-0': { success, errors, lastError: 'no such field' },
    });
    expect(runner.errors.result.transform_errors?.['shaky']).toMatchObject([
      { error: 'no such field' },
    ]);
  });
});
