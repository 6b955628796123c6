import { ServiceCache, type ServiceCacheOptions } from '../../registry/client/service-cache.ts';
import type { ServiceInstance } from '../../registry/service-instance.ts';
import type { Endpoint } from '../../resilience/instance.ts';
import type { Discovery } from './discovery.ts';

interface RegistryDiscoveryOptions {
  readonly registry: ServiceCacheOptions['registry'];
  readonly service: string;
  /** Those alone that have all of it: `{ version: '2' }`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Where it is kept what was known last, for a start without the registry. */
  readonly file?: string;
}

/** The instances that a registry knows, by watching it. */
export function registryDiscovery(options: RegistryDiscoveryOptions): Discovery {
  const { registry, service, metadata = {}, file } = options;
  const wanted = Object.entries(metadata);
  return {
    follow: async (tell) => {
      const tellAll = () => tell(endpointsOf(cache.discover(service), wanted));
      const cache = await ServiceCache.open({
        ...{ registry, onChange: tellAll },
        ...(file !== undefined && { file }),
      });
      try {
        await cache.follow(service);
      } catch (thrown) {
        await cache.close();
        throw thrown;
      }
      tellAll();
      return () => cache.close();
    },
  };
}

function endpointsOf(
  instances: readonly ServiceInstance[],
  wanted: readonly (readonly [key: string, value: string])[],
): Endpoint[] {
  return instances
    .map(endpointOf)
    .filter(({ metadata }) => wanted.every(([key, value]) => metadata[key] === value));
}

function endpointOf(instance: ServiceInstance): Endpoint {
  const { id, address, weight, zone = '', metadata = {} } = instance;
  return { id, address, weight, zone, metadata };
}
