import { afterEach, describe, expect, it } from 'vitest';
import { RpcError } from '../../shared/rpc/rpc-error.ts';
import type {
  Codec,
  Dispatch,
  RpcChannel,
  RpcListener,
  RpcRequest,
  RpcTransport,
} from '../../shared/rpc/transport.ts';
import { waitFor } from '../support/wait-for.ts';
import { ECHO, type EchoMethod, EchoService } from './echo-service.ts';

/** How the suite opens the two ends of a transport. */
export interface TransportRig {
  readonly name: RpcTransport['name'];
  transport(): RpcTransport;
  listen(dispatch: Dispatch): Promise<RpcListener>;
}

const CODECS: readonly Codec[] = ['protobuf', 'json'];
/** Nothing in these tests takes so long. */
const LONG_MS = 60_000;

/** What every transport does; what its calls end with when it cannot is in `chaos/`. */
export function describeTransport(rig: TransportRig): void {
  const closings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closings.splice(0).reverse()) await close();
  });

  const served = async () => {
    const service = new EchoService();
    const listener = await rig.listen(service.dispatch);
    closings.push(() => listener.drain(0));
    const channel = rig.transport().channel(listener.address);
    closings.push(() => channel.close());
    return { service, listener, channel };
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

    it('are on their way to their end while the server drains', async () => {
      const { service, listener, channel } = await served();
      const { address } = listener;
      const call = channel.call(request('Wait'));
      await came(service, 1);
      const drained = listener.drain(LONG_MS);
      await waitFor('new calls to be refused', async () => {
        const other = rig.transport().channel(address);
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

async function came(service: EchoService, count: number): Promise<void> {
  await waitFor('the call to come', () => service.calls.length >= count);
}
