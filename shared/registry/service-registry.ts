import type { Logger } from 'pino';
import type { RegistrationInput } from '../domain/registration.ts';
import type { RegistryLog } from './registry-log.ts';
import type { ServiceInstance } from './service-instance.ts';

/**
 * Where services are registered and found: over a store, or over the HTTP API of a master.
 *
 * Everything throws RegistryError. What is not there is `SERVICE_NOT_FOUND`; a store or server that
 * cannot be asked is `CONNECTION_FAILED` or `OPERATION_TIMEOUT`, and never taken for that.
 */
export interface ServiceRegistry {
  /** Where it writes; `setLogger` says where that leads. */
  readonly log: RegistryLog;
  /** Registers an instance, for the first time or again, and gives it as it is then. */
  register(registration: RegistrationInput): Promise<ServiceInstance>;
  /** Removes it for good. */
  unregister(id: string): Promise<void>;
  /** Takes it offline and keeps it; only a registration brings it back. */
  offline(id: string): Promise<ServiceInstance>;
  renew(id: string): Promise<void>;
  /** Instances that get calls now, or those that are asked for, in the order of their IDs. */
  discover(service: string, filter?: InstanceFilter): Promise<readonly ServiceInstance[]>;
  getService(id: string): Promise<ServiceInstance>;
  listServices(): Promise<readonly string[]>;
  watch(service: string, options?: WatchOptions): Promise<Watcher>;
  /** What was registered under that ID through this object last, where it keeps that. */
  registrationOf?(id: string): RegistrationInput | undefined;
  setLogger(log: Logger): void;
  close(): Promise<void>;
}

export interface InstanceFilter {
  /** In either vocabulary; '' or absent: those that get calls. `any`: all there are. */
  readonly status?: string | undefined;
  readonly protocol?: string | undefined;
  /** Those of that environment, and those that are for all; '' or absent: of any. */
  readonly env?: string | undefined;
  readonly zone?: string | undefined;
  /** Has all of these. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Only IDs behind this one. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

export interface WatchOptions {
  /** What is known already: `nextChange` tells only what has changed since. Absent: everything is told, at first. */
  readonly revision?: number;
}

/** Follows the instances of one service, whatever their status. */
export interface Watcher {
  /** Since when (epoch ms) the registry could not be asked, by this one's clock; null: it can. */
  readonly awaySinceMs: number | null;
  /**
   * All of them, at once at first and then whenever something has changed; null once it is stopped,
   * or the registry is closed.
   */
  next(): Promise<readonly ServiceInstance[] | null>;
  /** What has changed, in the same way: to be used instead of `next`. */
  nextChange(signal: AbortSignal): Promise<WatchUpdate | null>;
  stop(): void;
}

export interface WatchUpdate {
  /** True: `instances` are all there are, and whatever was known before is not true any more. */
  readonly isSnapshot: boolean;
  readonly instances: readonly ServiceInstance[];
  /** IDs of those that were removed. */
  readonly removed: readonly string[];
  /** To go on from. */
  readonly revision: number;
}
