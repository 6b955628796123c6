import { waitFor } from '../../support/wait-for.ts';
import { type Asked, LIVELY, LONG_MS, patienceOf, SHORT_MS } from './caller.ts';
import type { LedgerProcess } from './ledger-process.ts';
import { type OnEach, onEach } from './on-each.ts';
import { askEach, endOfEach, type Fault, type Side, withEach } from './scene.ts';

const LOAD = Buffer.alloc(1_024);

/** What happens to the processes of servers. */
export const PROCESS_FAULTS: Readonly<Record<string, Fault>> = {
  'nobody listens': async (scene) => {
    const server = await scene.server();
    await server.kill();
    // With nothing between, for a proxy would listen.
    return onEach((name) => scene.caller(name, server.ports[name]).fails());
  },

  'the server is killed before the call comes to it': async (scene) => {
    const { shared } = scene;
    const sides = await scene.sides();
    return shared.whileFrozen(async () => killed(shared, sides, await sentBy(sides)));
  },

  'the server is killed while the method runs': async (scene) => {
    const { shared } = scene;
    const sides = await scene.sides();
    const calls = askEach(sides, (side) => side.ask('hang'));
    await onEach((name) => shared.entered('executed', calls[name].id));
    return killed(shared, sides, calls);
  },

  'the server is killed when the method has run, and its answer is on its way': async (scene) => {
    const { shared } = scene;
    const sides = await scene.sides();
    const calls = askEach(sides, (side) => {
      side.proxy.muffle();
      return side.ask();
    });
    await onEach((name) => shared.entered('executed', calls[name].id));
    return killed(shared, sides, calls);
  },

  'the server hangs for longer than its caller waits': async (scene) => {
    const { shared } = scene;
    const sides = await scene.sides();
    const { failed, later } = await shared.whileFrozen(async () => ({
      failed: await withEach(sides, (side) => side.fails('', { timeoutMs: SHORT_MS })),
      later: askEach(sides, (side) => side.ask()),
    }));
    // Those that were made meanwhile, and wait longer, get their own answers.
    await onEach((name) => answered(later[name]));
    return failed;
  },

  'the server hangs for longer than its connection may be silent': async (scene) => {
    const { shared } = scene;
    const sides = await scene.sides(shared, LIVELY);
    const failed = await shared.whileFrozen(() =>
      withEach(sides, (side) => side.fails('', { timeoutMs: patienceOf(side.name) })),
    );
    await withEach(sides, (side) => side.answers());
    return failed;
  },

  'the server drains': async (scene) => {
    const server = await scene.server({ drainMs: LONG_MS });
    const sides = await scene.sides(server, { connectionsMax: 2 });
    const running = askEach(sides, (side) => side.ask('wait'));
    await onEach((name) => server.entered('executed', running[name].id));
    server.leave();
    const refused = await withEach(sides, refusalOf);
    server.release();
    await onEach((name) => answered(running[name]));
    await exited(server);
    return refused;
  },

  'the server is cut off when its time to drain is over': async (scene) => {
    const server = await scene.server({ drainMs: 10 });
    const sides = await scene.sides(server);
    const calls = askEach(sides, (side) => side.ask('hang'));
    await onEach((name) => server.entered('executed', calls[name].id));
    server.leave();
    const failed = await endOfEach(calls);
    await onEach((name) => server.entered('aborted', calls[name].id));
    await exited(server);
    return failed;
  },
};

/** Calls that have been given to the system of a server that does not look at them. */
async function sentBy(sides: OnEach<Side>): Promise<OnEach<Asked>> {
  const before = await withEach(sides, async ({ proxy }) => proxy.askedBytes);
  const calls = askEach(sides, (side) => side.ask('', { load: LOAD }));
  await withEach(sides, ({ name, proxy }) =>
    waitFor('the call to be sent', () => proxy.askedBytes > before[name] + LOAD.length),
  );
  return calls;
}

/** What calls end with; and they go through again when it has been started again at its ports. */
async function killed(server: LedgerProcess, sides: OnEach<Side>, calls: OnEach<Asked>) {
  const failed = await server.whileDead(() => endOfEach(calls));
  await withEach(sides, (side) => side.answers());
  return failed;
}

function refusalOf(side: Side) {
  return waitFor(`a refusal over ${side.name}`, async () => {
    const { id, outcome } = side.ask();
    const error = await outcome;
    return typeof error !== 'string' && { id, error };
  });
}

async function answered({ id, outcome }: Asked): Promise<void> {
  const answer = await outcome;
  if (answer !== id) throw new Error(`${id} got no answer`, { cause: answer });
}

async function exited(server: LedgerProcess): Promise<void> {
  const code = await server.end();
  if (code !== 0) throw new Error(`it exited with ${code}`);
}
