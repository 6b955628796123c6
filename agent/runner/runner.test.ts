import { beforeEach, describe, expect, it } from 'vitest';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { RunnerRig, settled, until } from '../../test/support/runner-rig.ts';
import {
  failing,
  ScriptedSender,
  scriptedBatches,
  scriptedLines,
  scriptedPipeline,
} from '../../test/support/scripted-plugins.ts';
import { redactor } from './redact.ts';
import { StatusView } from './status.ts';

const NOBODY = { tag: '', url: '' };
const STOP_MS = 3_000;

let rig: RunnerRig;

beforeEach(() => {
  rig = new RunnerRig();
});

describe('a batch', () => {
  it('is committed with its position, sinks and totals at once, after every sender accepted it', async () => {
    const gate = Promise.withResolvers<undefined>();
    const quick = new ScriptedSender('quick');
    const slow = new ScriptedSender('slow', { behave: () => gate.promise });
    const runner = rig.started(
      scriptedPipeline({ batches: scriptedBatches(3, 3), senders: [quick, slow] }),
    );
    await until(() => quick.taken.length === 1);
    await settled();
    expect(rig.checkpoints.commits).toEqual([]);

    gate.resolve(undefined);
    await until(() => runner.progress.settledBatches === 1);
    const accepted = { success: 3, errors: 0, lastError: '' };
    expect(rig.checkpoints.commits).toMatchObject([
      {
        runner: 'r1',
        source: { id: 's', position: { next: 3 } },
        forgetSources: [],
        sinks: [
          { path: '/quick', identity: '1-1', size: 21 },
          { path: '/slow', identity: '1-1', size: 21 },
        ],
        totals: {
          bytes: 21,
          reader: accepted,
          parser: accepted,
          transforms: {},
          senders: { quick: accepted, slow: accepted },
        },
        read: { senders: ['quick', 'slow'], units: 3, bytes: 21 },
        settled: ['quick', 'slow'].map((sender) => ({
          ...{ sender, range: { source: 's', start: 0, end: 21, units: { delivered: 3 } } },
        })),
      },
    ]);
    await runner.stop(STOP_MS);
  });

  it('is told to its sinks as committed, and to the audit log where that is asked for', async () => {
    const events: string[] = [];
    const config = RunnerConfig.parse({ name: 'r1', log_audit: true });
    const runner = rig.started(
      scriptedPipeline({
        batches: scriptedBatches(4, 2),
        senders: [new ScriptedSender('a', { events })],
      }),
      { config },
    );
    await until(() => runner.progress.settledBatches === 2);
    await runner.stop(STOP_MS);

    expect(events).toEqual(['a asked', 'a committed', 'a asked', 'a committed']);
    expect(rig.audited).toEqual(['r1 /scripted 2', 'r1 /scripted 2']);
  });

  it.each([
    { kind: 'unavailable' as const, slept: [100, 200, 400], why: 'the sink cannot now' },
    { kind: 'invalid' as const, slept: [2_500, 5_000, 10_000], why: 'the sink refuses the batch' },
  ])('is sent again with growing waits when $why', async ({ kind, slept }) => {
    const sender = new ScriptedSender('a', { behave: failing(3, kind) });
    const runner = rig.started(
      scriptedPipeline({ batches: scriptedBatches(2, 2), senders: [sender] }),
    );
    for (const [i, ms] of slept.entries()) {
      await until(() => rig.clock.slept.length === i + 1);
      expect(runner.progress.trouble).toBe(`sender a: no, for the ${i + 1}. time`);
      rig.clock.advance(ms - 1);
      await settled();
      expect(sender.attempts).toBe(i + 1);
      rig.clock.advance(1);
    }
    await until(() => runner.progress.settledBatches === 1);
    await runner.stop(STOP_MS);

    expect(rig.clock.slept.slice(0, 3)).toEqual(slept);
    expect(runner.progress).toMatchObject({
      trouble: null,
      totals: { senders: { a: { success: 2, errors: 3, lastError: 'no, for the 3. time' } } },
    });
    expect(runner.errors.result.send_errors?.['a']?.map(({ error }) => error)).toEqual([
      'no, for the 1. time',
      'no, for the 2. time',
      'no, for the 3. time',
    ]);
  });

  it('is not sent twice to the sender that accepted it while another is tried again', async () => {
    const steady = new ScriptedSender('steady');
    const shaky = new ScriptedSender('shaky', { behave: failing(2) });
    const runner = rig.started(
      scriptedPipeline({ batches: scriptedBatches(2, 2), senders: [steady, shaky] }),
    );
    await until(() => shaky.attempts === 1);
    rig.clock.advance(100);
    await until(() => shaky.attempts === 2);
    rig.clock.advance(200);
    await until(() => runner.progress.settledBatches === 1);
    await runner.stop(STOP_MS);

    expect(steady.attempts).toBe(1);
    expect(steady.taken).toEqual([scriptedLines(0, 2)]);
    expect(shaky.taken).toEqual([scriptedLines(0, 2)]);
  });

  it('goes to the senders that hold files last, and is taken back by all when one of them fails', async () => {
    const events: string[] = [];
    const senders = [
      new ScriptedSender('file 1', { events, holdsFiles: true }),
      new ScriptedSender('file 2', { events, holdsFiles: true, behave: failing(1) }),
      new ScriptedSender('remote', { events }),
    ];
    const runner = rig.started(scriptedPipeline({ batches: scriptedBatches(2, 2), senders }));
    await until(() => events.length === 4);
    await settled();
    expect(events).toEqual(['remote asked', 'file 1 asked', 'file 2 asked', 'file 1 undone']);

    rig.clock.advance(100);
    await until(() => runner.progress.settledBatches === 1);
    await runner.stop(STOP_MS);
    expect(events.slice(4)).toEqual([
      ...['file 1 asked', 'file 2 asked'],
      ...['remote committed', 'file 1 committed', 'file 2 committed'],
    ]);
    expect(senders.map(({ taken }) => taken.length)).toEqual([1, 1, 1]);
  });
});

describe('counters', () => {
  it('go on over a restart', async () => {
    const senders = [new ScriptedSender('a', { behave: failing(1) })];
    const first = rig.started(scriptedPipeline({ batches: scriptedBatches(2, 2), senders }));
    await until(() => rig.clock.slept.length === 1);
    rig.clock.advance(100);
    await until(() => first.progress.settledBatches === 1);
    await first.stop(STOP_MS);

    const second = rig.started(scriptedPipeline({ batches: scriptedBatches(6, 2), senders }));
    await until(() => second.progress.settledBatches === 2);
    await second.stop(STOP_MS);
    expect(second.progress.totals).toMatchObject({
      bytes: 42,
      reader: { success: 6 },
      senders: { a: { success: 6, errors: 1 } },
    });
  });

  it('are kept for a sender of any name', async () => {
    const runner = rig.started(
      scriptedPipeline({
        batches: scriptedBatches(2, 2),
        senders: [new ScriptedSender('__proto__'), new ScriptedSender('constructor')],
      }),
    );
    await until(() => runner.progress.settledBatches === 1);
    await runner.stop(STOP_MS);

    const { senders } = runner.progress.totals;
    expect(Object.keys(senders)).toEqual(['__proto__', 'constructor']);
    expect(Object.values(senders).map(({ success }) => success)).toEqual([2, 2]);
    expect(({} as Record<string, unknown>)['success']).toBeUndefined();
  });
});

describe('status', () => {
  it('says stalled once a batch has not moved for more than 30 s, and no longer when it does', async () => {
    const gate = Promise.withResolvers<undefined>();
    const sender = new ScriptedSender('a', { behave: () => gate.promise });
    const runner = rig.started(
      scriptedPipeline({ batches: scriptedBatches(2, 2), senders: [sender] }),
    );
    const view = new StatusView('r1', runner);
    const isStalled = () => view.look(NOBODY, rig.clock.monotonicMs()).stalled;
    await until(() => sender.attempts === 1);
    rig.clock.advance(30_000);
    expect(isStalled()).toBe(false);
    rig.clock.advance(1);
    expect(isStalled()).toBe(true);

    gate.resolve(undefined);
    await until(() => runner.progress.settledBatches === 1);
    expect(isStalled()).toBe(false);
    await runner.stop(STOP_MS);
  });

  it('is not stalled by a batch that broke its runner and is gone', async () => {
    const runner = rig.started(
      scriptedPipeline({
        batches: scriptedBatches(2, 2),
        openParser: () => ({
          parse: () => {
            throw new Error('a parser that breaks');
          },
        }),
      }),
    );
    await until(() => rig.clock.slept.length === 1);

    expect(runner.progress).toMatchObject({
      inFlightSinceMs: null,
      trouble: 'a parser that breaks',
    });
    await runner.stop(STOP_MS);
  });

  it('shows no secret: neither in what failed nor as the name of a sender', async () => {
    const sender = new ScriptedSender('http://sink/?key=t0p-secret', {
      behave: async () => {
        throw new AppError('unavailable', 'POST http://sink/?key=t0p-secret: refused');
      },
    });
    const runner = rig.started(
      scriptedPipeline({ batches: scriptedBatches(2, 2), senders: [sender] }),
      { redact: redactor(['t0p-secret', 'shy']) },
    );
    await until(() => rig.clock.slept.length === 1);
    const status = new StatusView('r1', runner).look(NOBODY, rig.clock.monotonicMs());
    const stopped = runner.stop(STOP_MS);
    rig.clock.advance(STOP_MS);
    await stopped;

    expect(Object.keys(status.senderStats)).toEqual(['http://sink/?key=******']);
    expect(status.error).toBe(
      'sender http://sink/?key=******: POST http://sink/?key=******: refused',
    );
    const history = status.history_errors.send_errors?.['http://sink/?key=******'];
    expect(history?.[0]?.error).toBe('POST http://sink/?key=******: refused');
  });
});
