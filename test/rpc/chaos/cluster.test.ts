import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Load, startServers } from './load.ts';

/** Of each client. */
const MANY = 200;

let servers: Awaited<ReturnType<typeof startServers>>;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => Promise.all(servers.map((server) => server.remove())));

let load: Load;
beforeEach(async () => {
  load = await Load.open(servers);
});
afterEach(() => load.close());

describe('one of three servers, under load in both codecs over all transports,', () => {
  it('is killed: no call that may be repeated fails, and it is called again when it is back', async () => {
    const [a] = servers;
    const stop = await load.begin('Read', '');
    await a.whileDead(() => load.answers(MANY));
    await load.reached(a);
    await stop();

    expect(losses()).toEqual([]);
    expect(await faults()).toEqual(NO_FAULTS);
  });

  it('is killed: no other call is executed twice, and only those that it had fail', async () => {
    const [, b] = servers;
    const stop = await load.begin('Write', 'work');
    await b.whileDead(() => load.answers(MANY));
    await load.reached(b);
    await stop();

    expect(new Set(losses())).toEqual(new Set(['connection_reset, maybe']));
    expect(await faults()).toEqual(NO_FAULTS);
  });

  it('hangs, and goes on: no call that may be repeated fails, and no other is executed twice', async () => {
    const [, , c] = servers;
    const stopReading = await load.begin('Read', 'work');
    const stopWriting = await load.begin('Write', 'work');
    await c.whileFrozen(() => load.answers(MANY));
    await load.reached(c);
    await stopReading();
    await stopWriting();

    expect(losses('Read')).toEqual([]);
    expect(new Set(losses('Write'))).toEqual(new Set(['timeout, maybe']));
    expect(await faults()).toEqual(NO_FAULTS);
  });
});

/** How calls of the method have failed. */
function losses(method = ''): string[] {
  const all = load.clients.flatMap((client) => client.losses);
  return all
    .filter(({ id }) => id.startsWith(method))
    .map(({ error: { reason, executed } }) => `${reason}, ${executed}`);
}

const NO_FAULTS = { mistaken: [], invented: [], repeated: [], denied: [] };

/** What must never be, by the records of the servers. */
async function faults() {
  const executions = await load.executions();
  const timesOf = (id: string) => executions.get(id) ?? 0;
  const { clients } = load;
  return {
    // Answers that were another call's.
    mistaken: clients.flatMap(({ mistaken }) => mistaken),
    invented: clients.flatMap(({ answered }) => answered).filter((id) => timesOf(id) === 0),
    repeated: [...executions.keys()].filter((id) => id.startsWith('Write') && timesOf(id) > 1),
    denied: clients
      .flatMap((client) => client.losses)
      .filter(({ id, error }) => error.executed === (timesOf(id) > 0 ? 'no' : 'yes')),
  };
}
