import { openTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { type Asked, Caller, type ClientLimits, type Failed, failureOf } from './caller.ts';
import type { LedgerOptions } from './ledger.ts';
import { LedgerProcess } from './ledger-process.ts';
import { type OnEach, onEach, type TransportName } from './on-each.ts';

/** What happens to a call over each transport; gives how each of the three ended. */
export type Fault = (scene: Scene) => Promise<OnEach<Failed>>;

/** A caller, and what lies between it and its server. */
export class Side extends Caller {
  readonly proxy: TcpProxy;

  constructor(name: TransportName, proxy: TcpProxy, limits: ClientLimits) {
    super(name, proxy.port, limits);
    this.proxy = proxy;
  }
}

/** What one fault needs; all of it ends with it, except the server that faults share. */
export class Scene {
  readonly shared: LedgerProcess;
  readonly #servers: LedgerProcess[];
  readonly #ends: (() => Promise<unknown>)[] = [];

  constructor(shared: LedgerProcess) {
    this.shared = shared;
    this.#servers = [shared];
  }

  /** One that may come to harm. */
  async server(options: LedgerOptions = {}): Promise<LedgerProcess> {
    const server = await LedgerProcess.start('own', options);
    this.#servers.push(server);
    this.ends(() => server.remove());
    return server;
  }

  /** Each of them has a connection, and no other unless it says so. */
  async sides(server = this.shared, limits: ClientLimits = {}): Promise<OnEach<Side>> {
    return onEach(async (name) => {
      const proxy = await openTcpProxy(server.ports[name]);
      this.ends(() => proxy.close());
      const side = new Side(name, proxy, { connectionsMax: 1, ...limits });
      this.ends(() => side.close());
      await side.answers();
      return side;
    });
  }

  /** With nothing between, and without a connection yet. */
  caller(name: TransportName, port: number): Caller {
    const caller = new Caller(name, port);
    this.ends(() => caller.close());
    return caller;
  }

  ends(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  /** By any of its servers. */
  async executed(): Promise<ReadonlySet<string>> {
    const all = await Promise.all(this.#servers.map((server) => server.executed()));
    return new Set(all.flat());
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }
}

/** The same with all of them, side by side. */
export function withEach<Value>(
  sides: OnEach<Side>,
  act: (side: Side) => Promise<Value>,
): Promise<OnEach<Value>> {
  return onEach((name) => act(sides[name]));
}

/** Begun with all of them at once. */
export function askEach(sides: OnEach<Side>, ask: (side: Side) => Asked): OnEach<Asked> {
  return { tcp: ask(sides.tcp), grpc: ask(sides.grpc), http: ask(sides.http) };
}

export function endOfEach(calls: OnEach<Asked>): Promise<OnEach<Failed>> {
  return onEach((name) => failureOf(calls[name]));
}

/** How it failed; and that calls go through again. */
export async function overcome(side: Side, call: Asked): Promise<Failed> {
  const failed = await failureOf(call);
  await side.answers();
  return failed;
}
