import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireService } from '../../shared/auth/require-service.ts';
import { signRequest } from '../../shared/http/peer-signature.ts';
import type { Access, Call, Route } from '../../shared/http/route.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { AuthRig } from '../support/auth-rig.ts';

const SECRET = 'cluster-secret';

/** Tells who the row takes the caller for. */
const who = async ({ caller: { name, how } }: Call): Promise<unknown> => ({ name, how });
const row = (access: Access, path: string): Route => {
  return { method: 'POST', path, access, failure: 'L1', answer: who };
};
const ROUTES: readonly Route[] = [
  row('open', '/open'),
  row('peer', '/peer'),
  { ...row('peer', '/hot'), hot: true },
  row('user', '/user'),
  {
    ...row('token', '/services/:name'),
    answer: async (call) => requireService(call.caller, call.params['name'] ?? ''),
  },
];

describe('rows of a server whose accounts are on', () => {
  let rig: AuthRig;
  let tokens: Record<'admin' | 'user' | 'scoped' | 'agent' | 'roled', string>;

  beforeAll(async () => {
    rig = await AuthRig.start({ routes: ROUTES, accounts: true, clusterSecret: SECRET });
    const admin = await rig.admin();
    const bob = { username: 'bob', password: 'correct horse battery' };
    await rig.call('POST', '/auth/users', { token: admin, body: bob });
    tokens = {
      ...{ admin, user: await rig.login(bob.username, bob.password) },
      scoped: (await rig.client(admin, ['orders'])).token,
      agent: (await rig.client(admin, ['logkit-agent'])).token,
      roled: (await rig.client(admin, null, ['user'])).token,
    };
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each<{ path: string; token: 'admin' | 'user' | 'scoped' | 'agent' | 'roled'; status: number }>(
    [
      { path: '/user', token: 'admin', status: 200 },
      { path: '/user', token: 'user', status: 200 },
      { path: '/user', token: 'roled', status: 200 },
      { path: '/user', token: 'scoped', status: 403 },
      { path: '/user', token: 'agent', status: 403 },
      { path: '/peer', token: 'agent', status: 200 },
      { path: '/hot', token: 'agent', status: 200 },
      { path: '/peer', token: 'scoped', status: 403 },
      { path: '/hot', token: 'scoped', status: 403 },
      { path: '/peer', token: 'user', status: 403 },
    ],
  )('answer $status to the token of $token at $path', async ({ path, token, status }) => {
    // Twice: the second time the token is known.
    for (let time = 0; time < 2; time += 1) {
      expect(await rig.call('POST', path, { token: tokens[token] })).toMatchObject({ status });
    }
  });

  it('still take the shared secret and signatures', async () => {
    const secret = await rig.call('POST', '/user', { token: SECRET });
    expect(secret.body.data).toEqual({ name: 'shared secret', how: 'shared secret' });

    const signed = signRequest(
      SECRET,
      { method: 'POST', pathAndQuery: '/user', body: '' },
      { nowS: Math.floor(rig.clock.now() / 1000), nonce: 'ab'.repeat(16) },
    );
    const headers = { authorization: signed };
    expect((await rig.call('POST', '/user', { headers })).body.data).toEqual({
      ...{ name: 'peer', how: 'peer' },
    });
  });

  it.each(['', 'Bearer wrong', 'Bearer a.b.c'])(
    'refuse strangers (%s), and tell where a token is to be had',
    async (authorization) => {
      const headers = authorization === '' ? {} : { authorization };
      const { status, body } = await rig.call('POST', '/user', { headers });
      expect(status).toBe(401);
      expect(body).toMatchObject({ code: 'L1', data: { login: '/auth/login' } });
      expect(body.message).toMatch(/^unauthorized: /);
    },
  );

  it('know an open call for one of anybody', async () => {
    const { body } = await rig.call('POST', '/open', { token: tokens.admin });
    expect(body.data).toEqual({ name: 'anybody', how: 'open' });
  });

  it('let a token touch its services alone', async () => {
    const call = async (name: string, token: string) => {
      const headers = { 'x-http-status': 'true' };
      return (await rig.call('POST', `/services/${name}`, { token, headers })).status;
    };
    expect(await call('orders', tokens.scoped)).toBe(200);
    expect(await call('orders-2', tokens.scoped)).toBe(403);
    expect(await call('order', tokens.scoped)).toBe(403);
    expect(await call('anything', tokens.admin)).toBe(200);
  });
});

describe('rows of a server whose accounts are off', () => {
  let rig: AuthRig;

  beforeAll(async () => {
    rig = await AuthRig.start({ routes: ROUTES });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it('let everybody do everything, but what needs a token', async () => {
    for (const path of ['/open', '/peer', '/hot', '/user']) {
      expect(await rig.call('POST', path, { token: 'a.b.c' })).toMatchObject({
        ...{ status: 200, body: { data: { how: 'open' } } },
      });
    }
    expect((await rig.call('POST', '/services/orders')).status).toBe(401);
    const token = await rig.admin();
    expect((await rig.call('POST', '/services/orders', { token })).status).toBe(200);
  });
});

it('a token that was seen before is known at once, without waiting', async () => {
  await using rig = await AuthRig.start();
  const { tokens } = rig.authentication;
  const token = await rig.admin();
  const first = tokens.callerOf(token);
  expect(first).toBeInstanceOf(Promise);
  const caller = await first;
  expect(tokens.callerOf(token)).toBe(caller);
});

it('a server without accounts takes no token at all', async () => {
  const { AccessControl } = await import('../../shared/http/auth.ts');
  const auth = new AccessControl({ clusterSecret: '', userToken: '', clock: systemClock });
  expect(() => auth.admit('token', 'Bearer a.b.c')).toThrow('无效的认证令牌');
  expect(() => auth.admit('admin', undefined)).toThrow('未提供认证令牌');
});
