import { ServiceCache, type ServiceCacheOptions } from '../../registry/client/service-cache.ts';
import type { ServiceInstance } from '../../registry/service-instance.ts';
import type { Endpoint } from '../../resilience/instance.ts';
import type { Discovery } from './discovery.ts';

interface RegistryDiscoveryOptions {
  readonly registry: ServiceCacheOptions['registry'];
  readonly service: string;
  /** Where it is kept what was known last, for a start without the registry. */
  readonly file?: string;
}

/** The instances that a registry knows, by watching it. */
export function registryDiscovery(options: RegistryDiscoveryOptions): Discovery {
  const { registry, service, file } = options;
  return {
    follow: async (tell) => {
      const cache = await ServiceCache.open({
        ...{ registry, onChange: () => tell(cache.discover(service).map(endpointOf)) },
        ...(file !== undefined && { file }),
      });
      try {
        await cache.follow(service);
      } catch (thrown) {
        await cache.close();
        throw thrown;
      }
      tell(cache.discover(service).map(endpointOf));
      return () => cache.close();
    },
  };
}

function endpointOf(instance: ServiceInstance): Endpoint {
  const { id, address, weight, zone = '', metadata = {} } = instance;
  return { id, address, weight, zone, metadata };
}
