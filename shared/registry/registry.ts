import type { Logger } from 'pino';
import { v5 as uuidV5 } from 'uuid';
import type { InstanceEvent } from '../domain/instance-record.ts';
import { Registration, type RegistrationInput } from '../domain/registration.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { Gathered } from '../kernel/gathered.ts';
import type {
  RegistryStore,
  RenewOutcome,
  StoredInstance,
} from '../stores/registry/registry-store.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { ChangeFeed } from './change-feed.ts';
import { matches, refuseUnknownWords } from './instance-filter.ts';
import { allInstancesOf, instancesOf } from './instance-pages.ts';
import { InstanceWriter, type Plan } from './instance-writer.ts';
import { OverrideRequest, type OverrideRequestInput } from './override-request.ts';
import { readAs } from './read-as.ts';
import { asRegistryError, notFoundError, RegistryError } from './registry-error.ts';
import { type RegistryLog, silentLog } from './registry-log.ts';
import { RegistryMetrics } from './registry-metrics.ts';
import { leaseMsOf, type RegistryOptions } from './registry-options.ts';
import { instanceAt, lastRenewMsOf, type ServiceInstance } from './service-instance.ts';
import type { InstanceFilter, ServiceRegistry, WatchOptions } from './service-registry.ts';
import { ServiceWatch } from './service-watch.ts';
import {
  type Act,
  overridden,
  overrideEnded,
  registered,
  revived,
  tookOffline,
} from './transitions.ts';

/** Of derived IDs; any constant UUID would do, but it must never change. */
const ID_SPACE = 'b3f3c9f0-5a0e-4a58-9f6e-0d6f6a3c7e11';
const RENEWALS_MAX = 500;
const BULK_MAX = 10_000;

export interface RegistryDeps {
  readonly store: RegistryStore;
  readonly options: RegistryOptions;
  readonly clock: Clock;
  readonly log?: RegistryLog;
  readonly metrics?: RegistryMetrics;
}

/** Who takes an instance away or offline, and of which services they may. */
export interface Doer {
  readonly actor?: string;
  readonly may?: (service: string) => boolean;
}

/** What came of many renewals: IDs by outcome. */
export interface RenewReport {
  readonly renewed: readonly string[];
  /** They are there, and were taken offline: they stay so. */
  readonly offline: readonly string[];
  readonly unknown: readonly string[];
}

/**
 * A registry over a store. It decides what becomes of instances; which of them expire, and when, is
 * the warden's concern.
 */
export class Registry implements ServiceRegistry {
  readonly feed: ChangeFeed;
  readonly writer: InstanceWriter;
  readonly log: RegistryLog;
  readonly metrics: RegistryMetrics;
  readonly #deps: RegistryDeps;
  readonly #leaseMs: number;
  readonly #renewals: Gathered<string, RenewOutcome>;
  readonly #closing = new AbortController();

  constructor(deps: RegistryDeps) {
    const { store, clock, log = silentLog() } = deps;
    this.#deps = deps;
    this.log = log;
    this.metrics = deps.metrics ?? new RegistryMetrics(new Metrics());
    this.feed = new ChangeFeed({ store, clock, log });
    this.writer = new InstanceWriter(store, (event) => {
      this.metrics.told(event);
      this.feed.nudge();
    });
    this.#leaseMs = leaseMsOf(deps.options);
    this.#renewals = new Gathered((ids) => this.#renewAll(ids), { batchMax: RENEWALS_MAX });
  }

  async register(given: RegistrationInput, actor = ''): Promise<ServiceInstance> {
    const registration = readAs(Registration, given, 'INVALID_INSTANCE');
    const id = registration.id ?? derivedId(registration);
    const decide = (there: StoredInstance | null): Plan => {
      const before = there?.record ?? null;
      if (before !== null && before.name !== registration.name) throw otherServiceError(before);
      const to = registered(before, { id, registration }, this.#act(actor, ''));
      return { to, lease: { ttlMs: this.#leaseMs } };
    };
    const { there } = await this.#tried('REGISTRY_FAILED', () =>
      this.writer.changeFrom(id, null, decide),
    );
    return this.#shown(there, id);
  }

  /** @throws AppError `forbidden` for an instance of a service that `may` does not let through. */
  async unregister(id: string, { actor = '', may = anyService }: Doer = {}): Promise<void> {
    const { log } = this;
    const seen = { isThere: false };
    const decide = (there: StoredInstance | null): Plan | null => {
      if (there === null) return null;
      if (!may(there.record.name)) return null;
      seen.isThere = true;
      return { to: null, lease: 'end' };
    };
    const { there } = await this.#tried('UNREGISTER_FAILED', () => this.writer.change(id, decide));
    requireAllowed(there, may);
    // Also a try whose answer got lost may have removed it.
    if (!seen.isThere) throw notFoundError(id);
    log.current.info({ id, actor }, 'an instance was unregistered');
  }

  /** @throws AppError as `unregister` does. */
  async offline(
    id: string,
    { actor = '', reason = '', may = anyService }: Doer & { readonly reason?: string } = {},
  ): Promise<ServiceInstance> {
    const decide = (there: StoredInstance | null): Plan | null => {
      if (there === null || there.record.lifecycle === 'offline') return null;
      if (!may(there.record.name)) return null;
      const act = this.#act(actor, reason);
      return { to: tookOffline(there.record, lastRenewMsOf(there, act.nowMs), act), lease: 'end' };
    };
    const { there } = await this.#tried('REGISTRY_FAILED', () => this.writer.change(id, decide));
    requireAllowed(there, may);
    return this.#shown(there, id);
  }

  async renew(id: string): Promise<void> {
    const outcome = await this.#tried('LEASE_ERROR', () => this.#renewals.ask(id));
    if (outcome === 'renewed') return;
    if (outcome === 'unknown' || (await this.#revive(id)) === 'unknown') throw notFoundError(id);
  }

  /** @throws RegistryError `INVALID_INSTANCE` for more than ten thousand. */
  async renewAll(ids: readonly string[]): Promise<RenewReport> {
    if (ids.length > BULK_MAX) {
      throw new RegistryError(
        'INVALID_INSTANCE',
        `${ids.length} renewals are too many; send ${BULK_MAX} at most`,
      );
    }
    const outcomes = await this.#tried('LEASE_ERROR', () => this.#renewAll(ids));
    const revivals = await Promise.all(
      ids.map(async (id, at) => (outcomes[at] === 'ended' ? this.#revive(id) : outcomes[at])),
    );
    const of = (wanted: string) => ids.filter((_id, at) => revivals[at] === wanted);
    return { renewed: of('renewed'), offline: of('offline'), unknown: of('unknown') };
  }

  async discover(
    service: string,
    filter: InstanceFilter = {},
  ): Promise<readonly ServiceInstance[]> {
    refuseUnknownWords(filter);
    const { store, clock } = this.#deps;
    const { limit = Number.POSITIVE_INFINITY } = filter;
    const found: ServiceInstance[] = [];
    await this.#tried('DISCOVERY_FAILED', async () => {
      found.length = 0;
      for await (const stored of instancesOf(store, service, filter.after)) {
        if (found.length >= limit) return;
        if (!matches(stored.record, filter, clock.now())) continue;
        found.push(instanceAt(stored, clock.now()));
      }
    });
    return found;
  }

  async getService(id: string): Promise<ServiceInstance> {
    const [there = null] = await this.#tried('DISCOVERY_FAILED', () => this.#deps.store.find([id]));
    return this.#shown(there, id);
  }

  /** Of which services those instances are that are there. */
  async servicesOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = await this.#tried('DISCOVERY_FAILED', () => this.#deps.store.find(ids));
    return new Map(
      found.flatMap((there) =>
        there === null ? [] : [[there.record.id, there.record.name] as const],
      ),
    );
  }

  async listServices(): Promise<readonly string[]> {
    const services = await this.#tried('DISCOVERY_FAILED', () => this.#deps.store.services());
    return services.map(({ name }) => name);
  }

  /** Every instance there is, of one service or (null) of all. */
  async all(service: string | null): Promise<readonly ServiceInstance[]> {
    const { store, clock } = this.#deps;
    const found = await this.#tried('DISCOVERY_FAILED', () => allInstancesOf(store, service));
    return found.map((stored) => instanceAt(stored, clock.now()));
  }

  async watch(service: string, { revision }: WatchOptions = {}): Promise<ServiceWatch> {
    const { store, clock } = this.#deps;
    const { feed, metrics } = this;
    const { signal: closing } = this.#closing;
    const known = { since: revision ?? null, watchers: metrics.watchers };
    return this.#tried('WATCH_FAILED', () =>
      ServiceWatch.begin({ store, clock, service, feed, closing, ...known }),
    );
  }

  /** What happened to it, the latest first. */
  async history(id: string): Promise<readonly InstanceEvent[]> {
    await this.getService(id);
    return this.#tried('DISCOVERY_FAILED', () => this.#deps.store.history(id));
  }

  /** Holds an instance out, whatever it says of itself, until that is taken back or its time is over. */
  async override(id: string, given: OverrideRequestInput, actor: string): Promise<ServiceInstance> {
    const { status, reason, until: untilMs } = readAs(OverrideRequest, given, 'INVALID_INSTANCE');
    const act = this.#act(actor, reason);
    if (untilMs !== null && untilMs <= act.nowMs) {
      throw new RegistryError(
        'INVALID_INSTANCE',
        'until: is over already; write a time that is to come',
      );
    }
    const { there } = await this.#tried('REGISTRY_FAILED', () =>
      this.writer.change(id, (before) =>
        before === null
          ? null
          : { to: overridden(before.record, { status, untilMs }, act), lease: 'keep' },
      ),
    );
    return this.#shown(there, id);
  }

  async endOverride(id: string, actor: string): Promise<ServiceInstance> {
    const { there } = await this.#tried('REGISTRY_FAILED', () =>
      this.writer.change(id, (before) =>
        before?.record.override == null
          ? null
          : { to: overrideEnded(before.record, this.#act(actor, '')), lease: 'keep' },
      ),
    );
    return this.#shown(there, id);
  }

  setLogger(log: Logger): void {
    this.log.current = log;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.feed.close();
    await this.#deps.store.close();
  }

  async #renewAll(ids: readonly string[]): Promise<readonly RenewOutcome[]> {
    const outcomes = await this.#deps.store.renew(ids, this.#leaseMs);
    this.metrics.renewed(outcomes);
    return outcomes;
  }

  /** Its lease ran out before the renewal came; one that was taken offline stays so. */
  async #revive(id: string): Promise<RenewOutcome | 'offline'> {
    const decide = (there: StoredInstance | null): Plan | null =>
      there?.record.lifecycle === 'expired'
        ? { to: revived(there.record, this.#act('', 'renewed')), lease: { ttlMs: this.#leaseMs } }
        : null;
    const { there } = await this.#tried('LEASE_ERROR', () => this.writer.change(id, decide));
    if (there === null) return 'unknown';
    return there.record.lifecycle === 'offline' ? 'offline' : 'renewed';
  }

  #act(actor: string, reason: string): Act {
    return { nowMs: this.#deps.clock.now(), actor, reason };
  }

  #shown(there: StoredInstance | null, id: string): ServiceInstance {
    if (there === null) throw notFoundError(id);
    return instanceAt(there, this.#deps.clock.now());
  }

  /** A store that is away is asked again, as often as the options say. */
  async #tried<T>(otherwise: RegistryError['code'], ask: () => Promise<T>): Promise<T> {
    const { options, clock } = this.#deps;
    for (let tries = 0; ; tries += 1) {
      try {
        return await ask();
      } catch (thrown) {
        const error = asRegistryError(thrown, otherwise);
        const isAway = error.code === 'CONNECTION_FAILED' || error.code === 'OPERATION_TIMEOUT';
        if (!isAway || tries >= options.retryTimes || this.#closing.signal.aborted) throw error;
        await clock.sleep(options.retryDelayMs, this.#closing.signal);
      }
    }
  }
}

/** The same instance has the same ID, whoever registers it and however often. */
function derivedId({ name, env, address }: Registration): string {
  return `${name}-${uuidV5(JSON.stringify([name, env, address]), ID_SPACE)}`;
}

const anyService = () => true;

function requireAllowed(there: StoredInstance | null, may: (service: string) => boolean): void {
  if (there === null || may(there.record.name)) return;
  const { id, name } = there.record;
  throw new AppError('forbidden', `${id} 属于服务 ${name}，无权操作`, { details: { status: 403 } });
}

function otherServiceError({ id, name }: StoredInstance['record']): RegistryError {
  return new RegistryError(
    'INVALID_INSTANCE',
    `id: ${id} is an instance of ${name}; choose another one`,
  );
}
