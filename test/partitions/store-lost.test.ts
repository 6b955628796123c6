import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPartitionStore } from '../../shared/coordinator/library.ts';
import { NO_PARTITIONS } from '../../shared/domain/partition.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { Crowd } from './crowd.ts';
import { arrived, makeSink } from './guarded-sink.ts';
import { type LosableServer, STORE_SERVERS } from './store-servers.ts';

const LAST_ID = 1_000_000;

describe.each([...STORE_SERVERS])('processes on %s, whose data are gone', (_type, start) => {
  let cleanup: AsyncDisposableStack;
  let server: LosableServer;
  let postgres: PostgresServer;

  beforeEach(async () => {
    cleanup = new AsyncDisposableStack();
    server = await start();
    cleanup.defer(() => server.stop());
    postgres = await PostgresServer.start();
    cleanup.defer(() => postgres.stop());
    await makeSink(postgres);
  });

  afterEach(() => cleanup.disposeAsync());

  it('stop, rather than to do everything once more', async () => {
    const crowd = new Crowd({ postgres: postgres.port, lastId: LAST_ID });
    cleanup.defer(() => crowd.kill());
    const place = server.place(server.port);
    for (const worker of ['a', 'b', 'c']) await crowd.start(worker, place);
    await waitFor('some work', async () => (await arrived(postgres)).items > 1_000);
    await server.restartEmpty();

    for (const worker of ['a', 'b', 'c']) {
      await waitFor(`${worker} to see it`, () => crowd.hasSaid(worker, 'store_lost'));
    }
    const { items, ids } = await arrived(postgres);
    expect(items).toBe(ids);
    expect(await crowd.stop()).toEqual([0, 0, 0]);
    const anew = await openPartitionStore(place, 'work');
    cleanup.defer(() => anew.close());
    expect(await anew.counts()).toEqual(NO_PARTITIONS);
    expect((await anew.planState()).plannedTo).toBeNull();
  });
});
