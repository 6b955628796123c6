import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../../shared/kernel/errors.ts';
import { memoryRegistryStore } from '../../../shared/stores/registry/memory/memory-registry-store.ts';
import type {
  InstanceChange,
  RegistryStore,
} from '../../../shared/stores/registry/registry-store.ts';
import { RegistryRig } from '../../support/registry-rig.ts';

const STATUS = { headers: { 'x-http-status': 'true' } };

describe('a store that is away', () => {
  const away = { is: false };
  let rig: RegistryRig;

  beforeAll(async () => {
    rig = await RegistryRig.start({
      store: (clock) => awayStore(memoryRegistryStore(clock), away),
    });
    for (const port of [1, 2, 3])
      await rig.register({ id: `a-${port}`, name: 'a', address: `b:${port}` });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each([
    ['POST', '/registry/services', '注册服务失败'],
    ['DELETE', '/registry/services/a-1', '注销服务失败'],
    ['PUT', '/registry/services/a-1/renew', '续约服务失败'],
    ['PUT', '/registry/services/unknown/renew', '续约服务失败'],
    ['PUT', '/registry/services/a-1/offline', '下线服务失败'],
    ['GET', '/registry/services/a-1', '获取服务实例失败'],
    ['GET', '/registry/services/a-1/health', '获取服务实例失败'],
    ['GET', '/registry/services', '获取服务列表失败'],
    ['GET', '/registry/discovery/a', '发现服务失败'],
    ['GET', '/registry/stats', '获取统计信息失败'],
    ['GET', '/registry/admin/all', '获取所有服务失败'],
    ['DELETE', '/registry/admin/services/a', '删除服务失败'],
    ['GET', '/registry/watch/a', '监听服务失败'],
    ['GET', '/registry/watch/a?wait=1s', '监听服务失败'],
  ])('R8: %s %s is an outage, and not an instance that is gone', async (method, path, msg) => {
    away.is = true;
    try {
      const body = method === 'POST' ? { name: 'a', address: 'b:4' } : undefined;
      const answer = await rig.call(method, path, { body, ...STATUS });
      expect(answer.status).toBe(503);
      expect(answer.body).toMatchObject({ code: 50_000, data: null });
      expect(answer.body.msg).toMatch(new RegExp(`^${msg}: `));
    } finally {
      away.is = false;
    }
  });

  it('R9: a removal of which a part fails tells which', async () => {
    const failing = { ids: ['a-2'] };
    await using part = await RegistryRig.start({
      store: (clock) => stubbornStore(memoryRegistryStore(clock), failing.ids),
    });
    for (const port of [1, 2, 3])
      await part.register({ id: `a-${port}`, name: 'a', address: `b:${port}` });

    const { body } = await part.call('DELETE', '/registry/admin/services/a');
    expect(body).toMatchObject({
      ...{ code: 50_000, msg: '部分删除失败，详情请查看响应数据' },
      data: { service_name: 'a', total_instances: 3, removed_count: 2 },
    });
    expect(body.data.errors).toEqual([expect.stringMatching(/^删除实例 a-2 失败: /)]);
    failing.ids.length = 0;
    expect(await part.data('DELETE', '/registry/admin/services/a')).toMatchObject({
      ...{ total_instances: 1, removed_count: 1, errors: [] },
    });
  });
});

function awayStore(store: RegistryStore, away: { readonly is: boolean }): RegistryStore {
  return new Proxy(store, {
    get: (_store, op): unknown => {
      const member: unknown = Reflect.get(store, op, store);
      if (typeof member !== 'function') return member;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        if (away.is) throw new AppError('unavailable', 'the store is away');
        return Reflect.apply(member, store, args);
      };
    },
  });
}

/** Does not let go of those instances. */
function stubbornStore(store: RegistryStore, ids: readonly string[]): RegistryStore {
  const write: RegistryStore['write'] = async (changes) => {
    const isHeld = ({ id, record }: InstanceChange) => record === null && ids.includes(id);
    const done = await store.write(changes.filter((change) => !isHeld(change)));
    const there = await store.find(changes.map(({ id }) => id));
    const outcomes = done.values();
    return changes.map((change, at) => {
      if (isHeld(change)) return { isDone: false, why: 'changed', there: there[at] ?? null };
      const next = outcomes.next();
      if (next.done === true) throw new Error('an outcome is missing');
      return next.value;
    });
  };
  return new Proxy(store, {
    get: (_store, op): unknown => {
      const member: unknown = op === 'write' ? write : Reflect.get(store, op, store);
      return typeof member === 'function' ? member.bind(store) : member;
    },
  });
}
