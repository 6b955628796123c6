import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { hostClock, systemClock } from '../../kernel/clock.ts';
import { openPartitionStore } from '../../stores/partitions/open-partition-store.ts';
import type { PartitionStore } from '../../stores/partitions/partition-store.ts';
import { storeLostError } from '../../stores/partitions/store-errors.ts';
import type { BeaterThreadTask, RoundMessage, ToBeater } from './beater-messages.ts';
import { Beats } from './beats.ts';

// Whoever starts this thread runs the same version of this program.
const task = z.custom<BeaterThreadTask>().parse(workerData);
const { place, namespace, strategy = 'hash', incarnation, beating } = task;
const port = parentPort;
const ending = new AbortController();
let opening: Promise<PartitionStore> | null = null;

const beats = new Beats({
  beating,
  clock: { ...systemClock, monotonicMs: () => hostClock.monotonicMs() },
  renew: async (renewal) => (await opened()).renew(renewal),
  tell: (round) => {
    const { lost, tookMs } = round;
    const message: RoundMessage = {
      ...{ lost, tookMs },
      standing: 'standing' in round ? round.standing : null,
      error: 'error' in round ? plain(round.error) : null,
    };
    port?.postMessage(message);
  },
});
const running = beats.run(ending.signal);

port?.on('message', (message: ToBeater) => {
  beats.heard();
  switch (message.op) {
    case 'hold':
      beats.hold(message.held, message.untilMs);
      break;
    case 'drop':
      for (const each of message.held) beats.drop(each);
      break;
    case 'beat':
      void beats.beat();
      break;
    case 'end':
      void end();
      break;
    case 'heard':
      break;
  }
});

/** The next round tries again what has failed. */
function opened(): Promise<PartitionStore> {
  opening ??= open().catch((thrown: unknown) => {
    opening = null;
    throw thrown;
  });
  return opening;
}

async function open(): Promise<PartitionStore> {
  const store = await openPartitionStore(place, namespace, { strategy });
  if (store.identity.incarnation === incarnation) return store;
  // In other data the same token may be somebody else's.
  await store.close();
  throw storeLostError(namespace);
}

async function end(): Promise<void> {
  ending.abort();
  await running;
  await opening?.then((store) => store.close()).catch(() => undefined);
  port?.close();
}

function plain({ kind, message, details }: NonNullable<RoundMessage['error']>) {
  return { kind, message, details };
}
