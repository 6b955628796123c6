/** What programs import from `logkit-fleet/registry`; docs/registry.md tells how. */
export type { RegistrationInput } from '../domain/registration.ts';
export { systemClock } from '../kernel/clock.ts';
export { memoryRegistryStore } from '../stores/registry/memory/memory-registry-store.ts';
export { openRegistryStore } from '../stores/registry/open-registry-store.ts';
export type { RegistryStore } from '../stores/registry/registry-store.ts';
export { Metrics } from '../telemetry/metrics.ts';
export { connectRegistry, type RegistryClientOptions } from './client/connect-registry.ts';
export { RegistryClient } from './client/registry-client.ts';
export { type RenewOptions, renewService, type StopRenewing } from './client/renew-service.ts';
export {
  type PickOptions,
  ServiceCache,
  type ServiceCacheOptions,
} from './client/service-cache.ts';
export { registryHttp } from './http/registry-http.ts';
export {
  type RegistryServer,
  type RegistryServerOptions,
  serveRegistry,
} from './http/serve-registry.ts';
export { lookAt } from './look-at.ts';
export { runRegistry } from './open-registry.ts';
export { OpenedRegistry, type OpenRegistryOptions, openRegistry } from './opened-registry.ts';
export { Registry, type RenewReport } from './registry.ts';
export {
  ERROR_CODES,
  hasRegistryCode,
  type RegistryCode,
  RegistryError,
} from './registry-error.ts';
export { RegistryMetrics } from './registry-metrics.ts';
export type { RegistryOptionsInput } from './registry-options.ts';
export { type InstanceFields, ServiceInstance } from './service-instance.ts';
export type {
  InstanceFilter,
  ServiceRegistry,
  Watcher,
  WatchOptions,
  WatchUpdate,
} from './service-registry.ts';
