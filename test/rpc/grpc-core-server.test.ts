import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ClientConfigInput } from '../../shared/resilience/failover-config.ts';
import { grpcTransport } from '../../shared/rpc/grpc/grpc-channel.ts';
import type { GrpcClientOptions } from '../../shared/rpc/grpc/grpc-options.ts';
import { RpcClient } from '../../shared/rpc/rpc-client.ts';
import { TlsFiles } from '../support/tls-files.ts';
import { waitFor } from '../support/wait-for.ts';
import { GrpcPeer, greeter, LARGE, MEGABYTE } from './support/grpc-peer.ts';
import { failureOf } from './support/rpc-rig.ts';

let peer: GrpcPeer;
let tls: TlsFiles;
beforeAll(async () => {
  peer = new GrpcPeer();
  tls = await TlsFiles.make();
});
afterAll(async () => {
  await peer[Symbol.asyncDispose]();
  await tls.remove();
});

const closings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
  await peer.reset();
});

async function ourClient(
  ServerAddresses: string[],
  config: ClientConfigInput = {},
  options: Partial<GrpcClientOptions> = {},
): Promise<RpcClient> {
  const client = await RpcClient.open({
    service: greeter(),
    config: { ServerAddresses, Balancer: 'round_robin', ...config },
    transport: grpcTransport(options),
  });
  closings.push(() => client.close());
  return client;
}

/** Each call is one attempt. */
const ONCE = { EnableFailover: false } as const;

describe("our client and a server of gRPC's core", () => {
  it('understand each other: 64-bit integers, metadata and the deadline', async () => {
    const client = await ourClient([await peer.serve('a')]);
    const request = { name: 'Ünal', number: LARGE };
    const { response, metadata } = await client.call('Greet', request, {
      ...{ metadata: { tenant: 'a' }, timeoutMs: 4_000 },
    });
    expect(response).toEqual({ message: 'Hello, Ünal!', number: LARGE + 1n });
    expect(metadata).toEqual({ 'tenant-seen': 'a' });
    const [ran] = await peer.ran('Ünal');
    expect(ran?.metadata).toMatchObject({ tenant: 'a' });
    expect(ran?.left).toBeGreaterThan(0);
    expect(ran?.left).toBeLessThan(5);
  });

  it.each([
    { status: 5, as: { code: 'not_found', reason: 'application', executed: 'yes' } },
    { status: 8, as: { code: 'resource_exhausted', reason: 'overloaded', executed: 'maybe' } },
    { status: 13, as: { code: 'internal', reason: 'application', executed: 'maybe' } },
    { status: 14, as: { code: 'unavailable', reason: 'service_unavailable', executed: 'maybe' } },
    { status: 16, as: { code: 'unauthenticated', reason: 'application', executed: 'maybe' } },
  ])('agree on the status $as.code, and on its text', async ({ status, as }) => {
    const client = await ourClient([await peer.serve('a')], ONCE);
    const metadata = { status: String(status) };
    const failure = failureOf(client.call('Greet', { name: 'Ünal: 100%\n' }, { metadata }));
    expect(await failure).toMatchObject({ ...as, message: 'Ünal: 100%\n' });
  });

  it('agree that a method which there is not was not executed', async () => {
    const client = await ourClient([await peer.serve('a')]);
    expect(await failureOf(client.call('Sing', {}))).toMatchObject({
      ...{ code: 'unimplemented', reason: 'protocol', executed: 'no' },
    });
  });

  it('agree on when to come again, and for which time', async () => {
    const client = await ourClient([await peer.serve('a')], {
      FailoverConfig: { RetryInterval: 1 },
    });
    const metadata = { status: '14', times: '1', pushback: '300' };
    await client.call('Greet', { name: 'Ada' }, { metadata });
    const [first, second] = await peer.ran('Ada');
    expect(first?.metadata).not.toHaveProperty('grpc-previous-rpc-attempts');
    expect(second?.metadata).toMatchObject({ 'grpc-previous-rpc-attempts': '1' });
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(295);
  });

  it('agree on never to come again', async () => {
    const client = await ourClient([await peer.serve('a'), await peer.serve('b')]);
    const metadata = { status: '14', pushback: '-1' };
    expect(await failureOf(client.call('Greet', { name: 'Ada' }, { metadata }))).toMatchObject({
      ...{ code: 'unavailable', ending: 'failed', message: 'Ada' },
    });
    expect(await peer.ran('Ada')).toHaveLength(1);
  });

  it.each(['deadline', 'caller'])('both give up a call that its %s ends', async (by) => {
    const client = await ourClient([await peer.serve('a')]);
    const giving = new AbortController();
    const calling = failureOf(
      client.call(
        'Book',
        { name: 'Ada' },
        {
          ...{ metadata: { hold: 'on' }, signal: giving.signal },
          ...(by === 'deadline' && { timeoutMs: 2_000 }),
        },
      ),
    );
    await waitFor('the call', async () => (await peer.ran('Ada')).length > 0);
    if (by === 'caller') giving.abort();
    expect(await calling).toMatchObject({
      ...{ code: by === 'caller' ? 'cancelled' : 'deadline_exceeded', executed: 'maybe' },
    });
    await peer.cancelled('Ada');
  });

  it.each([
    { which: 'an answer', executed: 'yes', bytes: 2 * MEGABYTE, name: '' },
    { which: 'a request', executed: 'maybe', bytes: 1, name: 'x'.repeat(5 * MEGABYTE) },
  ])('agree that $which is too long', async ({ executed, bytes, name }) => {
    const payloadBytesMax = name === '' ? MEGABYTE : 8 * MEGABYTE;
    const client = await ourClient([await peer.serve('a')], ONCE, { payloadBytesMax });
    const metadata = { bytes: String(bytes) };
    expect(await failureOf(client.call('Greet', { name }, { metadata }))).toMatchObject({
      ...{ code: 'resource_exhausted', executed },
    });
    expect((await client.call('Greet', { name: 'Ada' })).response['message']).toBe('Hello, Ada!');
  });

  it('speak TLS, and ours does with no other authority', async () => {
    const [address, other] = [await peer.serve('a', tls.paths), await TlsFiles.make()];
    closings.push(() => other.remove());
    const ca = readFileSync(tls.paths.ca, 'utf8');
    const client = await ourClient([address], ONCE, { tls: { ca } });
    expect((await client.call('Greet', { name: 'Ada' })).response['message']).toBe('Hello, Ada!');
    const otherCa = readFileSync(other.paths.ca, 'utf8');
    const stranger = await ourClient([address], ONCE, { tls: { ca: otherCa } });
    expect(await failureOf(stranger.call('Greet', { name: 'Bob' }))).toMatchObject({
      ...{ code: 'unavailable', executed: 'no' },
    });
    expect(await peer.ran('Bob')).toEqual([]);
  });

  it.each([0, 0.1])(
    'agree that one which stops within %d s may have executed a call',
    async (s) => {
      const client = await ourClient([await peer.serve('a')], ONCE);
      const calling = failureOf(client.call('Book', { name: 'Ada' }, { metadata: { hold: 'on' } }));
      await waitFor('the call', async () => (await peer.ran('Ada')).length > 0);
      await peer.stop('a', s);
      // It ends the call or, where it has no time for that, the connection.
      expect(await calling).toMatchObject({
        reason: expect.stringMatching(/^(service_unavailable|connection_reset)$/),
        executed: 'maybe',
      });
    },
  );

  it('get along while it drains: what runs ends well', async () => {
    const client = await ourClient([await peer.serve('a')], ONCE);
    const calling = client.call('Book', { name: 'Ada' }, { metadata: { hold: 'on' } });
    await waitFor('the call', async () => (await peer.ran('Ada')).length > 0);
    const stopping = peer.stop('a', 60);
    const refusal = await waitFor('a refusal', () =>
      client.call('Book', { name: 'Bob' }).then(
        () => null,
        (error: unknown) => error,
      ),
    );
    expect(refusal).toMatchObject({
      reason: expect.stringMatching(/^(service_unavailable|connection_refused)$/),
    });
    await peer.release();
    expect((await calling).response['message']).toBe('Hello, Ada!');
    await stopping;
  });

  it('get along while it drains: no call that may be repeated fails, none else runs twice', async () => {
    const addresses = [await peer.serve('a'), await peer.serve('b')];
    const client = await ourClient(addresses, {
      FailoverConfig: {
        ...{ RetryInterval: 5, RetryBudgetLeast: 1_000 },
        RetryableErrors: [
          'timeout',
          'connection_refused',
          'connection_reset',
          'service_unavailable',
        ],
      },
    });
    const failed = { Greet: [] as unknown[], Book: [] as unknown[] };
    let [isOn, done] = [true, 0];
    const callOn = async (method: 'Greet' | 'Book', caller: number) => {
      for (let nth = 0; isOn; nth += 1) {
        const name = `${method} ${caller} ${nth}`;
        await client.call(method, { name }).catch((error: unknown) => failed[method].push(error));
        done += 1;
      }
    };
    const callers = Array.from({ length: 16 }, (_, nth) => callOn(nth % 2 ? 'Greet' : 'Book', nth));
    await waitFor('calls', () => done > 200);
    await peer.stop('a', 5);
    const after = done;
    await waitFor('calls without it', () => done > after + 200);
    isOn = false;
    await Promise.all(callers);

    expect(failed.Greet).toEqual([]);
    const all = (await peer.ran()).map(({ name }) => name);
    const booked = all.filter((name) => name.startsWith('Book'));
    expect(new Set(booked).size).toBe(booked.length);
  });
});
