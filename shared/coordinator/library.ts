/** What programs import from `logkit-fleet/coordinator`; docs/coordinator.md tells how. */
export { RawAnswer, type Route } from '../http/route.ts';
export { AppError } from '../kernel/errors.ts';
export {
  type IncarnationMemory,
  incarnationFile,
} from '../stores/partitions/incarnation-memory.ts';
export {
  openPartitionStore,
  PartitionPlace,
  PartitionStrategy,
} from '../stores/partitions/open-partition-store.ts';
export type { PartitionStore } from '../stores/partitions/partition-store.ts';
export { hasStoreCode } from '../stores/partitions/store-errors.ts';
export { Metrics } from '../telemetry/metrics.ts';
export { Administration } from './administration.ts';
export { threadBeater } from './beater/thread-beater.ts';
export { Coordinator, type CoordinatorDeps, type CoordinatorEvents } from './coordinator.ts';
export { CoordinatorMetrics } from './coordinator-metrics.ts';
export { CoordinatorOptions } from './coordinator-options.ts';
export type { GapReport, GapStrategy } from './gap-search.ts';
export { coordinatorRoutes } from './http/coordinator-routes.ts';
export { jsonRoute } from './http/json-route.ts';
export {
  type CoordinatorServer,
  type CoordinatorServerOptions,
  serveCoordinator,
} from './http/serve-coordinator.ts';
export type { Piece, PiecePlanner, Planner, Processor, TaskTools } from './processor.ts';
