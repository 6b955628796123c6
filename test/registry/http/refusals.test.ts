import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegistryRig } from '../../support/registry-rig.ts';

const STATUS = { headers: { 'x-http-status': 'true' } };
const NOTHING = '/registry/services/nothing-1';

describe('what is wrong with a call', () => {
  let rig: RegistryRig;

  beforeAll(async () => {
    rig = await RegistryRig.start();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each([
    { sent: undefined, msg: '服务名称不能为空' },
    { sent: '', msg: '服务名称不能为空' },
    { sent: '{}', msg: '服务名称不能为空' },
    { sent: '{"name":"","address":"a:1"}', msg: '服务名称不能为空' },
    { sent: '{"name":null,"address":"a:1"}', msg: '服务名称不能为空' },
    { sent: '{"name":"a"}', msg: '服务地址不能为空' },
    { sent: '{"name":"a","address":""}', msg: '服务地址不能为空' },
    { sent: 'null', msg: /^解析请求失败: / },
    { sent: '[]', msg: /^解析请求失败: / },
    { sent: '{', msg: /^解析请求失败: it is no JSON$/ },
    { sent: '{"name":"a/b","address":"a:1"}', msg: /^解析请求失败: name: / },
    { sent: '{"name":"..","address":"a:1"}', msg: /^解析请求失败: name: / },
    { sent: '{"name":"a","address":"a"}', msg: /^解析请求失败: address: .*no address/ },
    { sent: '{"name":"a","address":"a:1","weight":-1}', msg: /^解析请求失败: weight: / },
    { sent: '{"name":"a","address":"a:1","env":"porduction"}', msg: /^解析请求失败: env: / },
    { sent: '{"name":"a","address":"a:1","status":"on"}', msg: /^解析请求失败: status: / },
    { sent: '{"name":5,"address":"a:1"}', msg: /^解析请求失败: name: / },
  ])('is said of the registration $sent', async ({ sent, msg }) => {
    const { status, body } = await rig.call('POST', '/registry/services', { body: sent });

    expect(status).toBe(200);
    expect(body).toEqual({ code: 40_000, msg: expect.stringMatching(msg), data: null });
    expect(await rig.data('GET', '/registry/services')).toEqual([]);
  });

  it.each([
    { method: 'PUT', path: `${NOTHING}/renew`, msg: '续约服务失败' },
    { method: 'DELETE', path: NOTHING, msg: '服务实例不存在' },
    { method: 'PUT', path: `${NOTHING}/offline`, msg: '服务实例不存在' },
    { method: 'GET', path: NOTHING, msg: '获取服务实例失败' },
    { method: 'GET', path: `${NOTHING}/health`, msg: '获取服务实例失败' },
    { method: 'GET', path: `${NOTHING}/history`, msg: '获取服务历史失败' },
    { method: 'DELETE', path: `${NOTHING}/override`, msg: '服务实例不存在' },
  ])('V8: $method $path is of no instance', async ({ method, path, msg }) => {
    const plain = await rig.call(method, path);
    expect(plain).toEqual({
      status: 200,
      body: { code: 40_400, msg: `${msg}: [SERVICE_NOT_FOUND] service not found`, data: null },
    });
    expect((await rig.call(method, path, STATUS)).status).toBe(404);
  });

  it.each([
    { path: '/registry/services/%20', msg: '服务实例ID不能为空' },
    { path: '/registry/services/a%2F..%2Fb', msg: /^服务实例ID无效: / },
    { path: '/registry/services/%00', msg: /^服务实例ID无效: / },
    { path: '/registry/discovery/%20', msg: '服务名称不能为空' },
    { path: '/registry/discovery/a%2Fb', msg: /^服务名称无效: / },
    { path: '/registry/services/a@b/stats', msg: /^服务名称无效: / },
    { path: '/registry/discovery/a?status=on', msg: /^解析请求失败: status: / },
    { path: '/registry/discovery/a?env=porduction', msg: /^解析请求失败: env: / },
    { path: '/registry/discovery/a?limit=0', msg: /^解析请求失败: limit: / },
    { path: '/registry/watch/a?revision=x', msg: /^解析请求失败: revision: / },
    { path: '/registry/watch/a?wait=soon', msg: /^解析请求失败: wait: / },
  ])('is said of GET $path', async ({ path, msg }) => {
    const { status, body } = await rig.call('GET', path, STATUS);

    expect(status).toBe(400);
    expect(body).toEqual({ code: 40_000, msg: expect.stringMatching(msg), data: null });
  });

  it('a renewal whose path is written in another way is the same', async () => {
    const { id } = await rig.register({ id: 'odd:1@x', name: 'odd', address: 'localhost:1' });

    expect(
      await rig.data('PUT', `/registry/services/${encodeURIComponent(String(id))}/renew`),
    ).toBe('服务续约成功');
    await rig.data('DELETE', `/registry/services/${id}`);
  });

  it('whatever is sent: a code that has a name, and nothing is written', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('..', '__proto__', 'a/b'),
    );
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.record({ name: text, address: text, weight: fc.anything(), metadata: fc.anything() }),
      fc.record({ name: fc.constant('fuzz'), address: text, id: text }),
      fc.record({
        name: fc.constant('fuzz'),
        address: fc.constant('a:1'),
        weight: fc.integer({ min: 1_001 }),
      }),
    );
    const method = fc.constantFrom('POST', 'PUT', 'DELETE');
    const path = fc.oneof(
      fc.constant('/registry/services'),
      text.map((id) => `/registry/services/${encodeURIComponent(id.toWellFormed())}/renew`),
      text.map((id) => `/registry/services/${encodeURIComponent(id.toWellFormed())}`),
      fc.constant('/registry/renew'),
      text.map((id) => `/registry/services/${encodeURIComponent(id.toWellFormed())}/override`),
    );
    const header = fc
      .string({ unit: fc.constantFrom('a', 'Z', '0', ' ', '.', ';', '=', '/', '-') })
      .map((it) => it.trim());
    const isBad = (sent: unknown) => !isGood(sent);

    await fc.assert(
      fc.asyncProperty(
        method,
        path,
        body.filter(isBad),
        header,
        async (how, where, sent, value) => {
          const answer = await rig.call(how, where, {
            body: sent,
            headers: {
              'content-type': value || 'text/plain',
              'last-event-id': value,
              ...STATUS.headers,
            },
          });
          // What is no path of the API is said by the router, without a code.
          const isKnown = [200, 400, 404, 405].includes(answer.status);
          const code: unknown = answer.body.code;
          expect(isKnown, `${how} ${where} ${JSON.stringify(answer)}`).toBe(true);
          const isRenewal = code === 20_000 && where === '/registry/renew';
          expect(isRenewal || [undefined, 40_000, 40_400].some((each) => each === code)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
    expect(await rig.data('GET', '/registry/services')).toEqual([]);
  });
});

describe('whoever may not', () => {
  let rig: RegistryRig;
  let own: string;
  const ids = { web: '', other: '' };

  beforeAll(async () => {
    rig = await RegistryRig.start();
    own = await rig.tokenFor('web');
    ids.web = (await rig.register({ name: 'web', address: 'localhost:1' })).id;
    ids.other = (await rig.register({ name: 'web-admin', address: 'localhost:1' })).id;
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each([
    { token: '', msg: '无效的认证令牌' },
    { token: 'a.b.c', msg: '无效的认证令牌' },
  ])('has no token (%j) is told so everywhere', async ({ token, msg }) => {
    for (const path of ['/registry/services', '/registry/stats', '/registry/admin/all']) {
      const { status, body } = await rig.call('GET', path, { token, ...STATUS });
      expect({ status, body }).toEqual({ status: 401, body: { code: 40_100, msg, data: null } });
    }
    const { body } = await rig.call('PUT', `/registry/services/${ids.web}/renew`, { token });
    expect(body.code).toBe(40_100);
  });

  it('is of one service reads everything', async () => {
    for (const path of ['/registry/services', '/registry/discovery/web-admin', '/registry/stats']) {
      await rig.data('GET', path, { token: own });
    }
    expect(await rig.data('GET', `/registry/services/${ids.other}`, { token: own })).toBeDefined();
  });

  it('R10: is of one service writes no other one, whatever its name begins with', async () => {
    const other = { name: 'web-admin', address: 'localhost:2' };
    const calls = [
      ['POST', '/registry/services', other],
      ['PUT', `/registry/services/${ids.other}/renew`],
      ['PUT', `/registry/services/${ids.other}/offline`],
      ['DELETE', `/registry/services/${ids.other}`],
      ['PUT', '/registry/renew', { ids: [ids.web, ids.other] }],
      ['PUT', `/registry/services/${ids.web}/override`, { status: 'offline' }],
      ['DELETE', `/registry/services/${ids.web}/override`],
      ['GET', '/registry/admin/all'],
      ['DELETE', '/registry/admin/services/web'],
    ] as const;
    for (const [method, path, body] of calls) {
      // Twice: the second time it is known whose it is.
      for (let time = 0; time < 2; time += 1) {
        const answer = await rig.call(method, path, { token: own, body, ...STATUS });
        expect(answer, `${method} ${path}`).toMatchObject({ status: 403, body: { code: 40_300 } });
      }
    }
    expect(await rig.data('GET', '/registry/discovery/web-admin')).toHaveLength(1);
  });

  it('is of one service writes that one', async () => {
    const options = { token: own };
    const { id } = await rig.data('POST', '/registry/services', {
      ...{ ...options, body: { name: 'web', address: 'localhost:9' } },
    });
    await rig.data('PUT', `/registry/services/${id}/renew`, options);
    expect(
      await rig.data('PUT', '/registry/renew', { ...options, body: { ids: [id, 'x'] } }),
    ).toEqual({
      ...{ renewed: [id], offline: [], unknown: ['x'] },
    });
    expect(await rig.data('PUT', `/registry/services/${id}/offline`, options)).toMatchObject({
      ...{ message: '服务下线成功', instance: { id, status: 'inactive' } },
    });
    expect(await rig.data('DELETE', `/registry/services/${id}`, options)).toBe('服务注销成功');
    const unknown = await rig.call('PUT', `/registry/services/${id}/renew`, options);
    expect(unknown.body.code).toBe(40_400);
  });
});

it('answers with the HTTP status that goes with the code where the configuration says so', async () => {
  await using rig = await RegistryRig.start({ hasStatus: true });

  expect((await rig.call('GET', NOTHING)).status).toBe(404);
  expect((await rig.call('POST', '/registry/services', { body: {} })).status).toBe(400);
  expect((await rig.call('GET', '/registry/services')).status).toBe(200);
});

/** Whether it would be taken. */
function isGood(sent: unknown): boolean {
  try {
    const body: unknown = typeof sent === 'string' ? JSON.parse(sent) : sent;
    return (
      typeof body === 'object' &&
      body !== null &&
      'address' in body &&
      /:\d/.test(String(body.address)) &&
      !('weight' in body)
    );
  } catch {
    return false;
  }
}
