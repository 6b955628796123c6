import { once } from 'node:events';
import type { ClientConfigInput } from '../../../shared/resilience/failover-config.ts';
import { FailoverError } from '../../../shared/resilience/failover-error.ts';
import type { Endpoint } from '../../../shared/resilience/instance.ts';
import { type Discovery, endpointAt } from '../../../shared/rpc/discovery/discovery.ts';
import { RpcClient, type RpcClientOptions } from '../../../shared/rpc/rpc-client.ts';
import type { RpcEvent } from '../../../shared/rpc/rpc-event.ts';
import { GREET, GreetServer } from './greet-cluster.ts';

/** Servers and clients of one test; all of them end with it. */
export class RpcRig {
  readonly servers: GreetServer[] = [];
  readonly events: RpcEvent[] = [];
  readonly #clients: RpcClient[] = [];

  async start(...ids: readonly string[]): Promise<readonly GreetServer[]> {
    const started = await Promise.all(ids.map((id) => GreetServer.start(id)));
    this.servers.push(...started);
    return started;
  }

  /** Of all servers, unless there is a discovery. */
  async client(
    config: ClientConfigInput = {},
    options: Partial<RpcClientOptions> = {},
  ): Promise<RpcClient> {
    const ServerAddresses =
      options.discovery === undefined ? this.servers.map(({ address }) => address) : [];
    const client = await RpcClient.open({
      service: GREET,
      config: { ServerAddresses, Balancer: 'round_robin', ...config },
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  greeted(): number {
    return this.servers.reduce((sum, { greeted }) => sum + greeted.length, 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

/** Instances that a test sets. */
export class SetInstances implements Discovery {
  #tell: (endpoints: readonly Endpoint[]) => void = () => undefined;
  #now: readonly Endpoint[];

  constructor(addresses: readonly string[]) {
    this.#now = addresses.map(endpointAt);
  }

  set(addresses: readonly string[]): void {
    this.#now = addresses.map(endpointAt);
    this.#tell(this.#now);
  }

  async follow(tell: (endpoints: readonly Endpoint[]) => void) {
    this.#tell = tell;
    tell(this.#now);
    return async () => undefined;
  }
}

export async function failureOf(call: Promise<unknown>): Promise<FailoverError> {
  const thrown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof FailoverError))
    throw new Error('a FailoverError was due', { cause: thrown });
  return thrown;
}

/** Calls on and on from so many callers at once, until it is stopped; gives what failed. */
export function keepCalling(client: RpcClient, callers: number) {
  const failures: unknown[] = [];
  let isOn = true;
  let done = 0;
  const loop = async (nth: number) => {
    while (isOn) {
      await client
        .call('Hello', { name: `c${nth}` })
        .catch((error: unknown) => failures.push(error));
      done += 1;
    }
  };
  const loops = Promise.all(Array.from({ length: callers }, (_, nth) => loop(nth)));
  return {
    done: () => done,
    async stop() {
      isOn = false;
      await loops;
      return failures;
    },
  };
}

/** An answer that does not come before its caller has given it up. */
export async function untilAborted(_: unknown, signal: AbortSignal): Promise<void> {
  await once(signal, 'abort');
}
