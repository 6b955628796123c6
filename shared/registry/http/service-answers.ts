import type { Call } from '../../http/route.ts';
import type { Clock } from '../../kernel/clock.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { Registry } from '../registry.ts';
import { hasRegistryCode } from '../registry-error.ts';
import type { ServiceInstance } from '../service-instance.ts';
import { queryOf, serviceNameIn } from './call-parts.ts';
import type { Renewals } from './renewals.ts';
import { DiscoveryQuery } from './wire-schemas.ts';

/** Of a service's instances so many are removed at once. */
const REMOVALS_AT_ONCE = 100;

interface ServiceAnswersDeps {
  readonly registry: Registry;
  readonly renewals: Renewals;
  readonly clock: Clock;
}

/** What the API answers of services as a whole. */
export function serviceAnswers({ registry, renewals, clock }: ServiceAnswersDeps) {
  const timestamp = () => new Date(clock.now()).toISOString();
  return {
    services: () => registry.listServices(),

    discover(call: Call) {
      const service = serviceNameIn(call);
      const { all, status, ...filter } = queryOf(call, DiscoveryQuery);
      const wanted = status ?? (all === 'true' ? 'any' : undefined);
      return registry.discover(service, { ...filter, status: wanted });
    },

    async stats() {
      const instances = await registry.all(null);
      const byService = countedBy(instances, ({ name }) => name);
      return {
        total_services: byService.size,
        ...healthOf(instances),
        service_stats: Object.fromEntries(byService),
        timestamp: timestamp(),
      };
    },

    async serviceStats(call: Call) {
      const service = serviceNameIn(call);
      const instances = await registry.all(service);
      return {
        service_name: service,
        ...healthOf(instances),
        protocols: Object.fromEntries(countedBy(instances, ({ protocol }) => protocol)),
        statuses: Object.fromEntries(countedBy(instances, ({ status }) => status)),
        instances,
        timestamp: timestamp(),
      };
    },

    async all() {
      const byService = Map.groupBy(await registry.all(null), ({ name }) => name);
      return Object.fromEntries(byService);
    },

    async removeAll(call: Call) {
      const service = serviceNameIn(call);
      const ids = (await registry.all(service)).map(({ id }) => id);
      const actor = call.caller.name;
      const errors: string[] = [];
      for (let at = 0; at < ids.length; at += REMOVALS_AT_ONCE) {
        const some = ids.slice(at, at + REMOVALS_AT_ONCE);
        errors.push(...(await removed(registry, some, { actor, service })));
      }
      for (const id of ids) renewals.forget(id);
      const data = {
        ...{ service_name: service, total_instances: ids.length },
        ...{ removed_count: ids.length - errors.length, errors },
      };
      if (errors.length === 0) return data;
      throw new AppError('unavailable', '部分删除失败，详情请查看响应数据', { details: { data } });
    },
  };
}

/** Resolves to what has gone wrong with each that is still there. */
async function removed(
  registry: Registry,
  ids: readonly string[],
  { actor, service }: { readonly actor: string; readonly service: string },
): Promise<readonly string[]> {
  // One that was removed meanwhile may have come back as one of another service.
  const doer = { actor, may: (name: string) => name === service };
  const failures = ids.map(async (id) => {
    try {
      await registry.unregister(id, doer);
      return [];
    } catch (thrown) {
      const isGone = hasRegistryCode(thrown, 'SERVICE_NOT_FOUND');
      return isGone ? [] : [`删除实例 ${id} 失败: ${messageOf(thrown)}`];
    }
  });
  return (await Promise.all(failures)).flat();
}

function healthOf(instances: readonly ServiceInstance[]) {
  const healthy = instances.filter((instance) => instance.isHealthy()).length;
  return {
    total_instances: instances.length,
    healthy_instances: healthy,
    unhealthy_instances: instances.length - healthy,
  };
}

function countedBy(
  instances: readonly ServiceInstance[],
  keyOf: (instance: ServiceInstance) => string,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const instance of instances) {
    const key = keyOf(instance);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
