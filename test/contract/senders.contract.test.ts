import { afterAll, describe, expect, it } from 'vitest';
import type { LogRecord, Sender, SenderPlugin } from '../../agent/plugins/plugin.ts';
import { SENDERS } from '../../agent/plugins/senders/catalog.ts';
import { ObjectRecords } from '../../agent/records/object-records.ts';
import { RecordsRefused } from '../../agent/records/records-refused.ts';
import type { Acceptance } from '../../agent/sink/acceptance.ts';
import { createPoolClient } from '../../shared/client/pool-client.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { pluginContext } from '../support/plugin-context.ts';
import { waitFor } from '../support/wait-for.ts';
import { SENDER_RIGS } from './rigs/senders.ts';
import type { Faults, SenderPeer, SenderRig } from './sender-rig.ts';
import { CountingClock } from './support/counting-clock.ts';
import { expectNoneLeft, handlesNow } from './support/handles.ts';
import { SharedServers, withPlace } from './support/place.ts';
import { promised } from './support/promised.ts';
import { noRig, rigged } from './support/rig-of.ts';
import { within } from './support/within.ts';

const { found, missing } = rigged(SENDERS, SENDER_RIGS);
const servers = new SharedServers();
afterAll(() => servers.stop());

const never = new AbortController().signal;
/** One that says that the same may go well another time. */
const WORTH_A_RETRY = ['unavailable', 'timeout'];

/** A sender and its peer. */
class Sending {
  readonly peer: SenderPeer;
  readonly sender: Sender;

  constructor(peer: SenderPeer, sender: Sender) {
    this.peer = peer;
    this.sender = sender;
  }

  send(records: LogRecord[], key: string, signal = never): Promise<Acceptance> {
    return within('an answer', this.sender.send(new ObjectRecords(records), signal, { key }));
  }

  /** As a runner does: sends, and commits what was accepted. */
  async deliver(records: LogRecord[], key: string): Promise<Acceptance> {
    const acceptance = await this.send(records, key);
    if (this.peer.commit === undefined) acceptance.committed();
    else await this.peer.commit(acceptance);
    return acceptance;
  }

  /** What comes of a batch that is not accepted. */
  async failure(records: LogRecord[], key: string): Promise<unknown> {
    return this.send(records, key).then(
      () => 'it was accepted',
      (thrown: unknown) => thrown,
    );
  }

  async expectTaken(numbers: readonly number[]): Promise<void> {
    const taken = await this.peer.taken();
    if (taken !== null) expect(taken).toEqual(numbers);
  }
}

/** With a sender, and a look at what is left when it is closed. */
async function withSender(
  plugin: SenderPlugin,
  rig: SenderRig,
  work: (sending: Sending) => Promise<void>,
): Promise<void> {
  await withPlace(servers, async (place) => {
    const peer = await rig.make(place);
    const before = await handlesNow();
    const clock = new CountingClock();
    const http = createPoolClient({ userAgent: 'test' });
    const context = pluginContext({ clock, http, ...peer.context });
    const sender = await plugin.configure(peer.options).open(context);
    try {
      await work(new Sending(peer, sender));
    } finally {
      await within('the sender to close', sender.close());
      await within('the sender to close again', sender.close());
      await http.close();
      await peer.release?.();
    }
    await expectNoneLeft(before);
    expect(clock.sleepers).toBe(0);
    await peer.dispose();
  });
}

/** Records of these numbers. */
function records(from: number, to: number): LogRecord[] {
  return Array.from({ length: to - from }, (_, index) => {
    const n = from + index;
    return { n, message: `m${n}`, at: new Date(1_700_000_000_000 + n * 1_000).toISOString() };
  });
}

it('has a rig for every sender', () => {
  expect(missing, noRig(missing, 'test/contract/rigs/senders.ts')).toEqual([]);
});

describe.each(found)('the sender $type', ({ plugin, rig }) => {
  const withFaults = (work: (sending: Sending, faults: Faults) => Promise<void>) =>
    withSender(plugin, rig, async (sending) => {
      const { faults } = sending.peer;
      if (faults === undefined) throw new Error('the rig has no faults');
      await work(sending, faults);
    });
  const canFail = rig.fails !== 'never';

  it('has a name, and delivers one batch after another', async () => {
    await withSender(plugin, rig, async (sending) => {
      expect(sending.sender.name).toMatch(/\S/);
      await sending.deliver(records(0, 3), 'k1');
      await sending.deliver(records(3, 5), 'k2');

      await sending.expectTaken([0, 1, 2, 3, 4]);
    });
  });

  it('takes an empty batch without a word to its peer', async () => {
    await withSender(plugin, rig, async (sending) => {
      await sending.peer.faults?.leave();

      expect(await sending.send([], 'k1')).toMatchObject({ positions: [] });
      await sending.peer.faults?.comeBack();
      await sending.expectTaken([]);
    });
  });

  promised(canFail)('says that its peer is away, and goes on when that is back', async () => {
    await withFaults(async (sending, faults) => {
      await faults.leave();
      for (const key of ['k1', 'k1']) {
        const failure = await sending.failure(records(0, 3), key);
        expect(failure).toBeInstanceOf(AppError);
        expect(WORTH_A_RETRY).toContain(failure instanceof AppError ? failure.kind : failure);
      }
      await faults.comeBack();
      await sending.deliver(records(0, 3), 'k1');

      await sending.expectTaken([0, 1, 2]);
    });
  });

  const hangs = [
    { when: 'from the start', before: 0, isPossible: canFail },
    { when: 'later', before: 2, isPossible: rig.fails === 'at any time' },
  ].filter(({ isPossible }) => isPossible);
  it.each(hangs)('gives up when it is to stop while its peer hangs $when', async ({ before }) => {
    await withFaults(async (sending, faults) => {
      if (before > 0) await sending.deliver(records(0, before), 'k1');
      await faults.hang();
      const stop = new AbortController();
      const failure = sending.send(records(before, 4), 'k2', stop.signal).then(
        () => 'it was accepted',
        (thrown: unknown) => thrown,
      );
      await waitFor('somebody who waits', () => faults.isWaitedFor());
      stop.abort();

      expect(await failure).toBeInstanceOf(AppError);
      await faults.recover();
      await sending.deliver(records(before, 4), 'k2');
      await sending.expectTaken([0, 1, 2, 3]);
    });
  });

  promised(canFail)('sends nothing when the signal has aborted before', async () => {
    await withSender(plugin, rig, async (sending) => {
      const failure = await sending.send(records(0, 2), 'k1', AbortSignal.abort()).then(
        () => 'it was accepted',
        (thrown: unknown) => thrown,
      );

      expect(failure).toBeInstanceOf(AppError);
      await sending.expectTaken([]);
    });
  });

  promised(rig.losesAnswers)('delivers a batch once whose answer was lost', async () => {
    await withFaults(async (sending, { answers }) => {
      if (answers === undefined) throw new Error('the rig loses no answers');
      await sending.deliver(records(0, 2), 'k1');
      answers.loseAnswer();
      const failure = await sending.failure(records(2, 5), 'k2');
      expect(WORTH_A_RETRY).toContain(failure instanceof AppError ? failure.kind : failure);
      expect(answers.answersLost).toBe(1);
      await sending.deliver(records(2, 5), 'k2');

      await sending.expectTaken([0, 1, 2, 3, 4]);
    });
  });

  it('delivers a batch once that was accepted, and not committed', async () => {
    await withSender(plugin, rig, async (sending) => {
      const acceptance = await sending.send(records(0, 3), 'k1');
      await acceptance.undo();
      await sending.deliver(records(0, 3), 'k1');

      await sending.expectTaken([0, 1, 2]);
    });
  });

  promised(rig.isPicky)(
    'tells a bad record from the others, or lets them be told apart',
    async () => {
      await withSender(plugin, rig, async (sending) => {
        const { bad } = sending.peer;
        if (bad === undefined) throw new Error('the rig has no bad record');
        const [first, last] = [records(0, 1), records(2, 3)];
        const outcome = await sending
          .deliver([...first, bad, ...last], 'k1')
          .catch((thrown: unknown) => thrown);
        if (outcome instanceof RecordsRefused) {
          // A runner takes the batch apart then.
          await sending.deliver(first, 'k1.0-1');
          expect(await sending.failure([bad], 'k1.1-2')).toBeInstanceOf(RecordsRefused);
          await sending.deliver(last, 'k1.2-3');
        } else {
          expect(outcome).toMatchObject({
            refused: [{ index: 1, reason: expect.stringMatching(/\w+ \w+/) }],
          });
        }

        await sending.expectTaken([0, 2]);
      });
    },
  );
});
