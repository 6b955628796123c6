import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Endpoint } from '../resilience/instance.ts';
import { RpcError } from './rpc-error.ts';
import type { RpcChannel, RpcTransport } from './transport.ts';

/** An instance, and what leads to it. */
export interface Peer extends Endpoint {
  readonly channel: RpcChannel;
}

interface ChannelsDeps {
  readonly transport: RpcTransport;
  readonly clock: Clock;
  /** No attempt takes longer: one whose instance has left is over by then. */
  readonly attemptMsMax: number;
}

interface Kept {
  readonly channel: RpcChannel;
  /** Null: it is in use. */
  leaving: AbortController | null;
}

/** One channel an address. What leads to an instance that has left is closed when its calls have ended. */
export class Channels {
  readonly #deps: ChannelsDeps;
  readonly #byAddress = new Map<string, Kept>();
  readonly #closings = new Set<Promise<void>>();

  constructor(deps: ChannelsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#byAddress.size;
  }

  /** Of exactly those instances from now on. */
  peers(endpoints: readonly Endpoint[]): readonly Peer[] {
    const addresses = new Set(endpoints.map(({ address }) => address));
    for (const [address, kept] of this.#byAddress) {
      if (!addresses.has(address) && kept.leaving === null) this.#leave(address, kept);
    }
    return endpoints.map((endpoint) => ({ ...endpoint, channel: this.#channel(endpoint.address) }));
  }

  /** Ends all of them, and what is on its way. */
  async close(): Promise<void> {
    const all = [...this.#byAddress.values()];
    this.#byAddress.clear();
    for (const { leaving } of all) leaving?.abort();
    await Promise.all([...all.map(({ channel }) => channel.close()), ...this.#closings]);
  }

  #channel(address: string): RpcChannel {
    const known = this.#byAddress.get(address);
    if (known !== undefined) {
      known.leaving?.abort();
      known.leaving = null;
      return known.channel;
    }
    const channel = this.#opened(address);
    this.#byAddress.set(address, { channel, leaving: null });
    return channel;
  }

  #opened(address: string): RpcChannel {
    try {
      return this.#deps.transport.channel(address);
    } catch (thrown) {
      return noChannel(address, thrown);
    }
  }

  #leave(address: string, kept: Kept): void {
    const leaving = new AbortController();
    kept.leaving = leaving;
    const closing = this.#closeLater(address, kept, leaving.signal);
    this.#closings.add(closing);
    void closing.finally(() => this.#closings.delete(closing));
  }

  async #closeLater(address: string, { channel }: Kept, back: AbortSignal): Promise<void> {
    const { clock, attemptMsMax } = this.#deps;
    await clock.sleep(attemptMsMax, back);
    if (back.aborted) return;
    this.#byAddress.delete(address);
    await channel.close();
  }
}

/** One instance with an address that is none does not keep the others from being called. */
function noChannel(address: string, thrown: unknown): RpcChannel {
  const message = `${address} cannot be called: ${messageOf(thrown)}`;
  return {
    isDraining: false,
    call: async () => {
      const how = { reason: 'connection_refused', executed: 'no', cause: thrown } as const;
      throw new RpcError('unavailable', message, how);
    },
    close: async () => undefined,
  };
}
