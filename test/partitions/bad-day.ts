import { setTimeout as delay } from 'node:timers/promises';
import { openPartitionStore, type PartitionPlace } from '../../shared/coordinator/library.ts';
import { ID_MAX, type IdRange } from '../../shared/domain/id-range.ts';
import type { PartitionCounts } from '../../shared/domain/partition.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { Crowd } from './crowd.ts';
import { type Arrived, arrived, makeSink } from './guarded-sink.ts';

/** What partitions are kept in, as a server that a day may go badly for. */
export interface StoreServer {
  readonly port: number;
  place(port: number): PartitionPlace;
  /** Kills it and starts it with what it has kept. */
  restart(): Promise<void>;
}

export interface Outcome {
  readonly arrived: Arrived;
  readonly completed: readonly IdRange[];
  readonly counts: PartitionCounts;
  /** What the counts were before all were counted anew. */
  readonly countsWere: PartitionCounts;
  /** Exit codes of those that lived to the end. */
  readonly exits: readonly (number | null)[];
  readonly seconds: number;
}

const SIZE = 10;
/** Longer than a lease of the workers. */
const STANDSTILL_MS = 5_000;
const NETWORK_FAULT_MS = 500;
const LATE_MS = 50;
const DAY_MS_MAX = 15 * 60_000;

/**
 * Eight processes work off `partitions`, each of which appends to PostgreSQL. Three of them are
 * killed, two stand still beyond their leases, two reach the store by a network that cuts them off,
 * swallows answers and is late, and the store's server is killed and comes back with what it has kept.
 */
export async function playBadDay(server: StoreServer, partitions: number): Promise<Outcome> {
  await using cleanup = new AsyncDisposableStack();
  const postgres = await PostgresServer.start();
  cleanup.defer(() => postgres.stop());
  await makeSink(postgres);
  const proxy = await openTcpProxy(server.port);
  cleanup.defer(() => proxy.close());
  const crowd = new Crowd({ postgres: postgres.port, lastId: partitions * SIZE });
  cleanup.defer(() => crowd.kill());
  const startMs = performance.now();
  const [near, far] = [server.place(server.port), server.place(proxy.port)];
  for (const worker of ['a', 'b', 'c', 'd', 'e', 'f']) await crowd.start(worker, near);
  for (const worker of ['g', 'h']) await crowd.start(worker, far);

  const isDone = async (share: number): Promise<boolean> => {
    const { items } = await arrived(postgres);
    return items >= partitions * SIZE * share;
  };
  const until = (share: number) => waitFor(`${share} of the work`, () => isDone(share), DAY_MS_MAX);

  await until(0.05);
  const faults = trouble(proxy);
  crowd.signal('a', 'SIGKILL');
  await until(0.15);
  crowd.signal('b', 'SIGSTOP');
  crowd.signal('c', 'SIGSTOP');
  await delay(STANDSTILL_MS);
  crowd.signal('b', 'SIGCONT');
  crowd.signal('c', 'SIGCONT');
  await until(0.3);
  crowd.signal('d', 'SIGKILL');
  await until(0.45);
  await server.restart();
  await until(0.6);
  crowd.signal('e', 'SIGKILL');
  await until(0.7);
  await crowd.start('a', near);
  await faults.end();

  const store = await openPartitionStore(near, 'work');
  cleanup.defer(() => store.close());
  const isOver = async (): Promise<boolean> => (await store.counts()).completed === partitions;
  await waitFor('all of the work', isOver, DAY_MS_MAX);
  const exits = await crowd.stop();
  const { were, are } = await store.recount();
  return {
    arrived: await arrived(postgres),
    completed: await store.completedRanges({ min: 0n, max: ID_MAX }),
    ...{ counts: are, countsWere: were, exits },
    seconds: Math.round((performance.now() - startMs) / 1_000),
  };
}

/** What happens to a network, again and again, until it is told to end. */
function trouble(proxy: TcpProxy): { end(): Promise<void> } {
  const over = new AbortController();
  const happening = (async () => {
    while (!over.signal.aborted) {
      proxy.cut();
      await delay(NETWORK_FAULT_MS);
      proxy.muffle();
      await delay(NETWORK_FAULT_MS);
      proxy.cut();
      proxy.delay(LATE_MS);
      await delay(NETWORK_FAULT_MS);
      proxy.delay(0);
    }
    proxy.cut();
  })();
  return {
    end: () => {
      over.abort();
      return happening;
    },
  };
}

/** What is wrong with how it ended, a line each; nothing: every ID is there once. */
export function faultsOf(outcome: Outcome, partitions: number): string[] {
  const ids = partitions * SIZE;
  const expected = [
    ['items', outcome.arrived, { items: ids, ids, least: 1, most: ids }],
    ['completed ranges', outcome.completed, [{ min: 1n, max: BigInt(ids) }]],
    ['counts', outcome.countsWere, outcome.counts],
    ['completed partitions', outcome.counts.completed, partitions],
    ['exit codes', [...new Set(outcome.exits)], [0]],
  ] as const;
  return expected
    .filter(([, is, shouldBe]) => text(is) !== text(shouldBe))
    .map(([what, is, shouldBe]) => `${what}: ${text(is)} instead of ${text(shouldBe)}`);
}

function text(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'bigint' ? String(each) : each,
  );
}
