import { describe, expect, it } from 'vitest';
import { ServiceInstance } from '../service-instance.ts';
import { CachedService } from './cached-service.ts';

const TIME = '2024-01-01T00:00:00.000Z';

function instance(id: string, weight: number, zone: string): ServiceInstance {
  return new ServiceInstance({
    ...{ id, weight, zone, name: 'a', address: '127.0.0.1:80', protocol: 'http', env: 'all' },
    ...{ register_time: TIME, start_time: TIME, offline_time: TIME, last_renew_time: TIME },
    ...{ status: 'up', incarnation: 1, revision: 1 },
  });
}

function cached(...instances: readonly ServiceInstance[]): CachedService {
  const service = new CachedService();
  service.take({ isSnapshot: true, instances, removed: [], revision: 1 });
  return service;
}

describe('instances to pick from', () => {
  it.each([0, 0.5, 0.999_999])('never give one of weight 0, whatever chance says: %d', (chance) => {
    const random = { next: () => chance };
    const service = cached(instance('a', 0, 'z'), instance('b', 1, 'y'), instance('c', 0, 'y'));

    expect(service.pick(undefined, random)?.id).toBe('b');
    expect(service.pick('y', random)?.id).toBe('b');
    expect(service.pick('z', random)?.id).toBe('b');
    expect(service.usable).toHaveLength(3);
    expect(cached(instance('a', 0, 'z')).pick('z', random)).toBeNull();
  });
});
