import { beforeEach, describe, expect, it } from 'vitest';
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

const STOP_MS = 3_000;

let rig: RunnerRig;

beforeEach(() => {
  rig = new RunnerRig();
});

describe('stop', () => {
  it('tells a batch that it is settled after its commit, and never one that is given up', async () => {
    const told: string[] = [];
    const second: Behaviour = (attempt, signal) =>
      attempt === 2 ? hang(attempt, signal) : Promise.resolve();
    const batches = scriptedBatches(2, 1).map((batch, nth) => ({
      ...batch,
      settled: () => told.push(`batch ${nth}, commits: ${rig.checkpoints.commits.length}`),
    }));
    const sender = new ScriptedSender('a', { behave: second });
    const runner = rig.started(scriptedPipeline({ batches, senders: [sender] }));
    await until(() => sender.attempts === 2);

    const stopped = runner.stop(STOP_MS);
    rig.clock.advance(STOP_MS);
    await stopped;

    expect(told).toEqual(['batch 0, commits: 1']);
  });

  it('is immediate while nothing is in flight', async () => {
    const sender = new ScriptedSender('a');
    const runner = rig.started(
      scriptedPipeline({ batches: scriptedBatches(2, 2), senders: [sender] }),
    );
    await until(() => runner.progress.settledBatches === 1);
    await settled();

    await runner.stop(STOP_MS);
    expect(sender.isClosed).toBe(true);
  });

  it('is nothing to a runner that was never started, and may be asked twice', async () => {
    const runner = rig.runner(scriptedPipeline({}));

    await runner.stop(STOP_MS);
    await runner.stop(STOP_MS);
  });

  it('gives the batch in flight time to be accepted, and reads no other', async () => {
    const gate = Promise.withResolvers<undefined>();
    const sender = new ScriptedSender('a', { behave: () => gate.promise });
    const runner = rig.started(
      scriptedPipeline({ batches: scriptedBatches(4, 2), senders: [sender] }),
    );
    await until(() => sender.attempts === 1);
    const stopped = runner.stop(STOP_MS);
    rig.clock.advance(STOP_MS - 1);
    gate.resolve(undefined);
    await stopped;

    expect(rig.checkpoints.commits.map(({ source }) => source?.position)).toEqual([{ next: 2 }]);
  });

  const deaf: Behaviour = () => new Promise(() => undefined);
  it.each([
    { behave: hang, why: 'listens when it is told to give up' },
    { behave: deaf, why: 'listens to nobody' },
  ])('gives up at the deadline when a sink hangs that $why', async ({ behave }) => {
    const events: string[] = [];
    const batches = scriptedBatches(4, 2);
    const steady = new ScriptedSender('steady', { events });
    const hanging = new ScriptedSender('hanging', { events, behave });
    const runner = rig.started(scriptedPipeline({ batches, senders: [steady, hanging] }));
    await until(() => steady.taken.length === 1 && hanging.attempts === 1);

    const stopped = runner.stop(STOP_MS);
    await settled();
    expect(events).not.toContain('steady undone');
    rig.clock.advance(STOP_MS);
    await stopped;
    expect(events).toEqual(['steady asked', 'hanging asked', 'steady undone']);
    expect(rig.checkpoints.commits).toEqual([]);

    const again = rig.started(scriptedPipeline({ batches, senders: [steady] }));
    await until(() => again.progress.settledBatches === 2);
    await again.stop(STOP_MS);
    expect(steady.taken).toEqual([scriptedLines(0, 2), scriptedLines(2, 4)]);
  });

  it('has a sink take back what it accepts after the deadline', async () => {
    const events: string[] = [];
    const late = Promise.withResolvers<undefined>();
    const sender = new ScriptedSender('a', { events, behave: () => late.promise });
    const runner = rig.started(
      scriptedPipeline({ batches: scriptedBatches(2, 2), senders: [sender] }),
    );
    await until(() => sender.attempts === 1);
    const stopped = runner.stop(STOP_MS);
    rig.clock.advance(STOP_MS);
    await stopped;

    late.resolve(undefined);
    await until(() => events.includes('a undone'));
    expect(sender.taken).toEqual([]);
  });

  it('ends the wait before another attempt', async () => {
    const sender = new ScriptedSender('a', { behave: failing(99) });
    const runner = rig.started(
      scriptedPipeline({ batches: scriptedBatches(2, 2), senders: [sender] }),
    );
    await until(() => rig.clock.slept.length === 1);
    const stopped = runner.stop(STOP_MS);
    rig.clock.jumpWall(60_000);
    rig.clock.advance(STOP_MS);
    await stopped;

    expect(rig.checkpoints.commits).toEqual([]);
  });
});
