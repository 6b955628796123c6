import { afterEach, describe, expect, it } from 'vitest';
import { RPC_OUTCOMES, type RpcFault } from '../../docs/rpc-outcomes.ts';
import { RpcError } from '../../shared/rpc/rpc-error.ts';
import type {
  Codec,
  Dispatch,
  RpcChannel,
  RpcListener,
  RpcRequest,
  RpcTransport,
} from '../../shared/rpc/transport.ts';
import { openRawServer } from '../support/raw-server.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { BIG_BYTES, ECHO, type EchoMethod, EchoService } from './echo-service.ts';

export interface ClientLimits {
  readonly payloadBytesMax?: number;
  readonly keepAliveMs?: number;
  readonly keepAliveTimeoutMs?: number;
  /** For what makes more than one. */
  readonly connectionsMax?: number;
}

export interface ServerLimits {
  readonly payloadBytesMax?: number;
  readonly inFlightMax?: number;
}

/** How the suite opens the two ends of a transport. */
export interface TransportRig {
  readonly name: RpcTransport['name'];
  transport(limits: ClientLimits): RpcTransport;
  listen(dispatch: Dispatch, limits: ServerLimits): Promise<RpcListener>;
}

const CODECS: readonly Codec[] = ['protobuf', 'json'];
/** Nothing in these tests takes so long. */
const LONG_MS = 60_000;
const SHORT_MS = 150;

/** What every transport does, and what its calls end with. */
export function describeTransport(rig: TransportRig): void {
  const closings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closings.splice(0).reverse()) await close();
  });

  const serve = async (limits: ServerLimits = {}) => {
    const service = new EchoService();
    const listener = await rig.listen(service.dispatch, limits);
    closings.push(() => listener.drain(0));
    return { service, listener };
  };
  const open = (address: string, limits: ClientLimits = {}): RpcChannel => {
    const channel = rig.transport(limits).channel(address);
    closings.push(() => channel.close());
    return channel;
  };
  const served = async (serverLimits: ServerLimits = {}, clientLimits: ClientLimits = {}) => {
    const { service, listener } = await serve(serverLimits);
    return { service, listener, channel: open(listener.address, clientLimits) };
  };
  const proxied = async (clientLimits: ClientLimits = {}) => {
    const { service, listener } = await serve();
    const proxy = await openTcpProxy(portOf(listener.address));
    closings.push(() => proxy.close());
    const channel = open(`127.0.0.1:${proxy.port}`, clientLimits);
    // A connection is there before anything happens to it.
    await channel.call(request('Echo'));
    return { service, proxy, channel };
  };
  const raw = async (onData: Parameters<typeof openRawServer>[0]) => {
    const server = await openRawServer(onData);
    closings.push(() => server.close());
    return open(`127.0.0.1:${server.port}`);
  };
  const expectOutcome = (fault: RpcFault, error: RpcError) => {
    const { code, reason, executed } = error;
    expect({ code, reason, executed }).toEqual(RPC_OUTCOMES[fault][rig.name]);
  };

  describe(`calls over ${rig.name}`, () => {
    it.each(CODECS)('bring payload, codec and metadata there and back as %s', async (codec) => {
      const { service, channel } = await served();
      const payload = Buffer.from([0, 255, 10, 13, 34, 123]);
      const metadata = { 'trace-id': 'a b/c=1%' };
      const reply = await channel.call(request('Echo', { codec, payload, metadata }));
      expect(Buffer.from(reply.payload)).toEqual(payload);
      expect(reply.metadata).toEqual(metadata);
      expect(service.calls[0]).toMatchObject({ service: ECHO, method: 'Echo', codec, metadata });
      expect(service.peers[0]).toMatch(/^127\.0\.0\.1:\d+$/);
    });

    it('may be empty both ways', async () => {
      const { channel } = await served();
      const reply = await channel.call(request('Echo', { payload: Buffer.alloc(0) }));
      expect(reply.payload).toHaveLength(0);
    });

    it('tell the server how long the caller waits', async () => {
      const { service, channel } = await served();
      await channel.call(request('Echo', { timeoutMs: 5_000 }));
      const { timeoutMs = 0 } = service.calls[0] ?? {};
      expect(timeoutMs).toBeGreaterThan(0);
      expect(timeoutMs).toBeLessThanOrEqual(5_000);
    });

    it('get their own answers, a thousand at once', async () => {
      const { channel } = await served();
      const calls = Array.from({ length: 1_000 }, async (_, index) => {
        const { payload } = await channel.call(
          request('Echo', { payload: Buffer.from(String(index)) }),
        );
        return Buffer.from(payload).toString();
      });
      expect(await Promise.all(calls)).toEqual(calls.map((_, index) => String(index)));
    });

    it('keep code, message and the time to come again of a failure', async () => {
      const { channel } = await served();
      const failures = [
        ['Fail', 'no greeting for Ünal 100%', null],
        ['Refuse', 'come later', 1_500],
        ['Forbid', 'never again', Infinity],
      ] as const;
      for (const [method, message, retryAfterMs] of failures) {
        expect(await failure(channel, request(method))).toMatchObject({ message, retryAfterMs });
      }
    });

    it('are made over a new connection when one was cut', async () => {
      const { proxy, channel } = await proxied();
      proxy.cut();
      const reply = await waitFor('the next connection', async () => channel.call(request('Echo')));
      expect(Buffer.from(reply.payload).toString()).toBe('hello');
    });

    it('are on their way to their end while the server drains', async () => {
      const { service, listener, channel } = await served();
      const { address } = listener;
      const call = channel.call(request('Wait'));
      await came(service, 1);
      const drained = listener.drain(LONG_MS);
      await waitFor('new calls to be refused', async () => {
        const other = rig.transport({}).channel(address);
        const error = await failure(other, request('Echo')).finally(() => other.close());
        return error.executed === 'no';
      });
      service.release();
      expect(Buffer.from((await call).payload).toString()).toBe('hello');
      await drained;
    });

    it('do not abort the signal of a method that has answered', async () => {
      const { service, channel } = await served();
      await channel.call(request('Echo'));
      await channel.close();
      const { signal } = await waitFor('the call', () => service.calls[0]);
      expect(signal.aborted).toBe(false);
    });
  });

  const faults: Readonly<Record<RpcFault, () => Promise<RpcError>>> = {
    'nobody listens': async () => {
      const { listener } = await serve();
      const { address } = listener;
      await listener.drain(0);
      return failure(open(address), request('Echo'));
    },

    'the connection is cut while the method runs': async () => {
      const { service, proxy, channel } = await proxied();
      const failed = failure(channel, request('Hang'));
      await came(service, 2);
      proxy.cut();
      const error = await failed;
      await isAborted(service, 1);
      return error;
    },

    'the method does not come to an end': async () => {
      const { service, channel } = await served();
      const error = await failure(channel, request('Hang', { timeoutMs: SHORT_MS }));
      await isAborted(service, 0);
      return error;
    },

    'the server accepts and never says a word': async () => {
      const channel = await raw(() => undefined);
      return failure(channel, request('Echo', { timeoutMs: SHORT_MS }));
    },

    'nothing comes through any more, though the connection lasts': async () => {
      const { proxy, channel } = await proxied({
        ...{ keepAliveMs: 100, keepAliveTimeoutMs: 100, connectionsMax: 1 },
      });
      proxy.muffle();
      return failure(channel, request('Echo', { timeoutMs: 1_000 }));
    },

    'what comes is garbage': async () => {
      const channel = await raw((socket) => {
        socket.write(Buffer.alloc(512, 'garbage! '));
      });
      return failure(channel, request('Echo', { timeoutMs: 10_000 }));
    },

    'the answer is longer than the client allows': async () => {
      const { channel } = await served({}, { payloadBytesMax: BIG_BYTES - 1 });
      const error = await failure(channel, request('Big'));
      await channel.call(request('Echo'));
      return error;
    },

    'the request is longer than the client allows': async () => {
      const { service, channel } = await served({}, { payloadBytesMax: 1_024 });
      const error = await failure(channel, request('Echo', { payload: Buffer.alloc(1_025) }));
      expect(service.calls).toHaveLength(0);
      return error;
    },

    'the request is longer than the server allows': async () => {
      const { service, channel } = await served({ payloadBytesMax: 1_024 });
      const error = await failure(channel, request('Echo', { payload: Buffer.alloc(1_025) }));
      expect(service.calls).toHaveLength(0);
      await channel.call(request('Echo'));
      return error;
    },

    'the answer comes too late': async () => {
      const { service, channel } = await served();
      const error = await failure(channel, request('Wait', { timeoutMs: SHORT_MS }));
      service.release();
      const payload = Buffer.from('next');
      const reply = await channel.call(request('Echo', { payload }));
      expect(Buffer.from(reply.payload)).toEqual(payload);
      return error;
    },

    'the caller gives up': async () => {
      const { service, channel } = await served();
      const caller = new AbortController();
      const failed = failure(channel, request('Hang', { signal: caller.signal }));
      await came(service, 1);
      caller.abort();
      await isAborted(service, 0);
      return failed;
    },

    'the channel is closed while the method runs': async () => {
      const { service, channel } = await served();
      const failed = failure(channel, request('Hang'));
      await came(service, 1);
      await channel.close();
      const error = await failed;
      const after = await failure(channel, request('Echo'));
      expect(after).toMatchObject({ code: 'cancelled', executed: 'no' });
      return error;
    },

    'the server has as many calls as it takes': async () => {
      const { service, channel } = await served({ inFlightMax: 1 });
      const running = channel.call(request('Wait'));
      await came(service, 1);
      const error = await failure(channel, request('Echo'));
      service.release();
      await running;
      return error;
    },

    'the server drains': async () => {
      const { service, listener, channel } = await served();
      const running = channel.call(request('Wait'));
      await came(service, 1);
      const drained = listener.drain(LONG_MS);
      const error = await waitFor('a refusal', () => refusalOf(channel));
      service.release();
      await running;
      await drained;
      return error;
    },

    'the server is cut off when its time to drain is over': async () => {
      const { service, listener, channel } = await served();
      const failed = failure(channel, request('Hang'));
      await came(service, 1);
      await listener.drain(10);
      await isAborted(service, 0);
      return failed;
    },

    'the method fails': async () => failure((await served()).channel, request('Fail')),

    'the method says that it has not run': async () =>
      failure((await served()).channel, request('Refuse')),

    'there is no such method': async () => {
      const { channel } = await served();
      return failure(channel, { ...request('Echo'), method: 'Nothing' });
    },
  };

  describe(`what a call over ${rig.name} ends with`, () => {
    it.each(faultNames(faults))('when %s', async (fault) => {
      expectOutcome(fault, await faults[fault]());
    });
  });
}

export function request(method: EchoMethod, differing: Partial<RpcRequest> = {}): RpcRequest {
  return {
    ...{ service: ECHO, method, codec: 'protobuf', payload: Buffer.from('hello') },
    ...{ metadata: {}, timeoutMs: LONG_MS, signal: null },
    ...differing,
  };
}

/** The error of a call that fails. */
async function failure(channel: RpcChannel, call: RpcRequest): Promise<RpcError> {
  const outcome = await channel.call(call).catch((thrown: unknown) => thrown);
  if (outcome instanceof RpcError) return outcome;
  throw new Error('it did not fail with an RpcError', { cause: outcome });
}

/** Null: the call went through. */
async function refusalOf(channel: RpcChannel): Promise<RpcError | null> {
  const outcome = await channel.call(request('Echo')).catch((thrown: unknown) => thrown);
  return outcome instanceof RpcError ? outcome : null;
}

async function came(service: EchoService, count: number): Promise<void> {
  await waitFor('the call to come', () => service.calls.length >= count);
}

async function isAborted({ calls }: EchoService, index: number): Promise<void> {
  await waitFor('the method to be told', () => calls[index]?.signal.aborted === true);
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

function faultNames(faults: Readonly<Record<RpcFault, unknown>>): RpcFault[] {
  const isFault = (name: string): name is RpcFault => Object.hasOwn(faults, name);
  return Object.keys(faults).filter(isFault);
}
