import type { Codec } from '../../../shared/rpc/library.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Doing } from './ledger.ts';
import { LedgerProcess } from './ledger-process.ts';
import { LoadClient } from './load-client.ts';
import type { TransportName } from './on-each.ts';

const TRANSPORTS: readonly TransportName[] = ['tcp', 'grpc', 'http'];
const CODECS: readonly Codec[] = ['protobuf', 'json'];

type Servers = readonly [LedgerProcess, LedgerProcess, LedgerProcess];

/** Servers, each in a process of its own. */
export function startServers(): Promise<Servers> {
  return Promise.all([
    LedgerProcess.start('a'),
    LedgerProcess.start('b'),
    LedgerProcess.start('c'),
  ]);
}

/** Clients of them, one a transport and codec. */
export class Load {
  readonly clients: readonly LoadClient[];
  readonly #servers: Servers;

  private constructor(servers: Servers, clients: readonly LoadClient[]) {
    this.#servers = servers;
    this.clients = clients;
  }

  static async open(servers: Servers): Promise<Load> {
    const ports = servers.map((server) => server.ports);
    const clients = TRANSPORTS.flatMap((transport) =>
      CODECS.map((codec) => LoadClient.open(transport, codec, ports)),
    );
    return new Load(servers, await Promise.all(clients));
  }

  /** Has all clients call on and on; resolves when all servers have answered all of them. */
  async begin(method: 'Read' | 'Write', doing: Doing): Promise<() => Promise<unknown>> {
    const stops = this.clients.map((client) => client.begin(method, doing));
    for (const server of this.#servers) await this.reached(server);
    return () => Promise.all(stops.map((stop) => stop()));
  }

  /** Each client has had an answer of it since now. */
  async reached({ name }: LedgerProcess): Promise<void> {
    await this.#each((client) => client.answersOf(name), 1);
  }

  /** Each client has had so many answers since now. */
  async answers(count: number): Promise<void> {
    await this.#each(({ answered }) => answered.length, count);
  }

  /** How often each call was executed, by all servers together. */
  async executions(): Promise<ReadonlyMap<string, number>> {
    const executions = new Map<string, number>();
    for (const server of this.#servers) {
      for (const id of await server.executed()) executions.set(id, (executions.get(id) ?? 0) + 1);
    }
    return executions;
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }

  async #each(countOf: (client: LoadClient) => number, more: number): Promise<void> {
    const before = this.clients.map(countOf);
    await waitFor('answers to all clients', () =>
      this.clients.every((client, nth) => countOf(client) >= (before[nth] ?? 0) + more),
    );
  }
}
