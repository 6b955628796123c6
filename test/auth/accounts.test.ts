import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthRig } from '../support/auth-rig.ts';
import type { Json } from '../support/fleet-process.ts';

const PASSWORD = 'correct horse battery';
const MINUTE_MS = 60_000;

describe('the accounts of a master', () => {
  let rig: AuthRig;
  let token: string;

  beforeAll(async () => {
    rig = await AuthRig.start();
    token = await rig.admin();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const admin = async (method: string, path: string, body?: object) =>
    (await rig.call(method, path, { token, ...(body && { body }) })).body;
  const codeOf = async (of: Json): Promise<number> =>
    (await rig.call('GET', '/auth/verify', { token: String(of) })).body.code;

  it('begin with an admin, whose secret is shown once and kept as a hash', async () => {
    expect(rig.printed).toHaveLength(1);
    expect(rig.adminSecret).toMatch(/^[\w-]{43}$/);
    const { text } = await rig.document.read({ revision: -1, locks: [] });
    expect(text).toContain('"username":"admin"');
    expect(text).not.toContain(rig.adminSecret);
    expect(JSON.stringify(rig.logged)).not.toContain(rig.adminSecret);
  });

  it('have users, whom an admin makes, changes and takes away', async () => {
    const bob = { username: 'bob', password: PASSWORD };
    expect(await admin('POST', '/auth/users', bob)).toMatchObject({
      ...{ code: 20_000, msg: 'success' },
      data: { username: 'bob', roles: ['user'], disabled: false },
    });
    expect(await admin('POST', '/auth/users', bob)).toMatchObject({
      ...{ code: 40_000, msg: 'there is a user bob already; change it instead', data: null },
    });
    const { data } = await admin('GET', '/auth/users');
    expect(data).toMatchObject([{ username: 'admin', roles: ['admin'] }, { username: 'bob' }]);
    expect(JSON.stringify(data)).not.toMatch(/password|salt|hash/);

    const first = await rig.login('bob', PASSWORD);
    expect(await codeOf(first)).toBe(20_000);
    await admin('PUT', '/auth/users/bob', { password: 'another long password' });
    expect(await codeOf(first)).toBe(40_100);
    await expect(rig.login('bob', PASSWORD)).rejects.toThrow('用户名或密码错误');

    const second = await rig.login('bob', 'another long password');
    await admin('PUT', '/auth/users/bob', { disabled: true });
    expect(await codeOf(second)).toBe(40_100);
    await expect(rig.login('bob', 'another long password')).rejects.toThrow('账号已被禁用');

    expect(await admin('DELETE', '/auth/users/bob')).toMatchObject({ code: 20_000 });
    expect(await admin('DELETE', '/auth/users/bob')).toEqual({
      ...{ code: 40_400, msg: 'there is no user bob', data: null },
    });
    // Somebody else of that name does not inherit them.
    await admin('POST', '/auth/users', bob);
    for (const old of [first, second]) expect(await codeOf(old)).toBe(40_100);
  });

  it('always have an admin left', async () => {
    for (const [method, body] of [
      ['DELETE', undefined],
      ['PUT', { disabled: true }],
      ['PUT', { roles: ['user'] }],
    ] as const) {
      expect(await admin(method, '/auth/users/admin', body)).toMatchObject({
        ...{ code: 40_000, msg: 'admin is the last admin; make another one first' },
      });
    }
    expect(await codeOf(token)).toBe(20_000);
  });

  it('have clients, whose secrets are shown once', async () => {
    const client = await rig.client(token, ['orders', 'bills', 'orders']);
    expect(client.id).toMatch(/^client-[\da-f]{24}$/);
    const { body } = await rig.call('GET', '/auth/verify', { token: client.token });
    expect(body.data).toMatchObject({ name: client.id, services: ['bills', 'orders'], roles: [] });
    const { text } = await rig.document.read({ revision: -1, locks: [] });
    expect(text).not.toContain(client.secret);

    const path = `/auth/clients/${client.id}`;
    const changed = await admin('PUT', path, { services: ['bills'], new_secret: true });
    expect(changed.data).toMatchObject({ client_id: client.id, services: ['bills'] });
    expect(await codeOf(client.token)).toBe(40_100);
    const login = (secret: Json) =>
      rig.call('POST', '/auth/client', { body: { client_id: client.id, client_secret: secret } });
    expect((await login(client.secret)).body).toMatchObject({ code: 40_100, data: null });
    expect((await login(changed.data.client_secret)).body).toMatchObject({
      ...{ code: 20_000, data: { expires_in: 3_600, token_type: 'Bearer' } },
    });
    await admin('DELETE', path);
    expect((await login(changed.data.client_secret)).body.code).toBe(40_100);
  });

  it('refuse a client that is for everything and says nothing of what it is', async () => {
    for (const body of [
      { name: 'x', services: null },
      { name: 'x', services: [] },
    ]) {
      expect(await admin('POST', '/auth/clients', body)).toMatchObject({ code: 40_000 });
    }
  });

  it('let agents enrol, as often and as long as was said', async () => {
    const offer = { services: ['logkit-agent'], uses: 2, minutes: 10 };
    const { data } = await admin('POST', '/auth/enrolments', offer);
    expect(data).toMatchObject({ uses_left: 2, services: ['logkit-agent'], created_by: 'admin' });
    const enrol = async (name: string, given: Json = data.token) =>
      (await rig.call('POST', '/auth/enrol', { body: { token: given, name } })).body;

    const made = await enrol('web-1');
    expect(made.data).toMatchObject({ name: 'web-1', services: ['logkit-agent'], roles: [] });
    const { client_id, client_secret } = made.data;
    const login = await rig.call('POST', '/auth/client', { body: { client_id, client_secret } });
    expect(await codeOf(login.body.data.access_token)).toBe(20_000);
    expect(await enrol('web-2')).toMatchObject({ code: 20_000 });
    expect(await enrol('web-3')).toMatchObject({ code: 40_100, data: null });

    const late = (await admin('POST', '/auth/enrolments', offer)).data;
    const withdrawn = (await admin('POST', '/auth/enrolments', offer)).data;
    expect(await admin('GET', '/auth/enrolments')).toMatchObject({
      data: [{ id: late.id }, { id: withdrawn.id }],
    });
    await admin('DELETE', `/auth/enrolments/${withdrawn.id}`);
    expect(await enrol('web-4', withdrawn.token)).toMatchObject({ code: 40_100 });
    rig.clock.advance(10 * MINUTE_MS);
    expect(await enrol('web-4', late.token)).toMatchObject({ code: 40_100 });
    expect(await admin('GET', '/auth/enrolments')).toMatchObject({ data: [] });
  });

  it('let everybody leave as often as they like, in little room', async () => {
    await admin('POST', '/auth/users', { username: 'ann', password: PASSWORD });
    const kept = await rig.login('ann', PASSWORD);
    for (let time = 0; time < 30; time += 1) {
      const one = await rig.login('ann', PASSWORD);
      const { body } = await rig.call('POST', '/auth/logout', { token: one });
      expect(body.code).toBe(20_000);
      expect(await codeOf(one)).toBe(40_100);
    }
    // There were too many to remember each, so that all of hers are over.
    expect(await codeOf(kept)).toBe(40_100);
    expect(await codeOf(token)).toBe(20_000);
  });
});

describe('the answers of its rows', () => {
  it('have the HTTP status 200, unless a call or the configuration wants the right one', async () => {
    await using usual = await AuthRig.start();
    await using right = await AuthRig.start({ hasStatus: true });
    const headers = { 'x-http-status': 'true' };
    const admin = { [usual.url]: await usual.admin(), [right.url]: await right.admin() };

    const cases = [
      { method: 'GET', path: '/auth/verify', with: {}, code: 40_100, status: 401 },
      { method: 'POST', path: '/auth/login', with: { body: '{' }, code: 40_000, status: 400 },
      {
        method: 'POST',
        path: '/auth/login',
        with: { body: 'x'.repeat(2 ** 21) },
        code: 40_000,
        status: 413,
      },
      {
        method: 'DELETE',
        path: '/auth/users/nobody',
        with: {},
        code: 40_400,
        status: 404,
        isAdmin: true,
      },
    ];
    for (const { method, path, code, status, isAdmin = false, with: given } of cases) {
      const asked = (rig: AuthRig, more = {}) =>
        rig.call(method, path, {
          ...{ ...given, ...(isAdmin && { token: admin[rig.url] ?? '' }) },
          ...more,
        });
      const body = expect.objectContaining({ code, data: null, msg: expect.any(String) });
      expect(await asked(usual)).toEqual({ status: 200, body });
      expect(await asked(usual, { headers })).toEqual({ status, body });
      expect(await asked(right)).toEqual({ status, body });
    }
  });
});
