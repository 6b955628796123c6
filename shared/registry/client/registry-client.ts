import type { Logger } from 'pino';
import { z } from 'zod';
import type { RegistrationInput } from '../../domain/registration.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { RandomSource } from '../../kernel/random.ts';
import { notFoundError, RegistryError } from '../registry-error.ts';
import type { RegistryLog } from '../registry-log.ts';
import type { ServiceInstance } from '../service-instance.ts';
import type {
  InstanceFilter,
  ServiceRegistry,
  Watcher,
  WatchOptions,
  WatchUpdate,
} from '../service-registry.ts';
import { InstanceAnswer, InstancesAnswer, NamesAnswer, WatchAnswer } from './instance-answer.ts';
import { Registrations } from './registrations.ts';
import { RemoteFeed } from './remote-feed.ts';
import { isUnauthorized, type ServerCall, type ServerCalls } from './server-calls.ts';
import type { TokenSource } from './token-source.ts';

/** Each is a question that a server keeps open. */
const SERVICES_WATCHED_MAX = 1_000;
const S_MS = 1_000;

const Nothing = z.unknown().transform(() => undefined);
const OfflineAnswer = z.object({ instance: InstanceAnswer }).transform(({ instance }) => instance);

interface RegistryClientDeps {
  readonly calls: ServerCalls;
  /** Of questions that servers keep open: they must not keep others from being asked. */
  readonly waitingCalls: ServerCalls;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: RegistryLog;
  /** Aborts what is on its way when this is closed. */
  readonly closing: AbortController;
  readonly close: () => Promise<void>;
}

/** A registry that is asked over the HTTP API of masters. */
export class RegistryClient implements ServiceRegistry {
  readonly log: RegistryLog;
  readonly #deps: RegistryClientDeps;
  readonly #registrations = new Registrations();
  /** By service; those that began at a revision that the reader knew are nobody else's. */
  readonly #shared = new Map<string, RemoteFeed>();
  readonly #feeds = new Set<RemoteFeed>();

  constructor(deps: RegistryClientDeps) {
    this.log = deps.log;
    this.#deps = deps;
  }

  async register(registration: RegistrationInput): Promise<ServiceInstance> {
    const instance = await this.#ask({
      ...{ method: 'POST', path: '/registry/services', body: registration },
      ...{ answer: InstanceAnswer, failure: 'REGISTRY_FAILED' },
    });
    this.#registrations.remember(registration, instance);
    return instance;
  }

  registrationOf(id: string): RegistrationInput | undefined {
    return this.#registrations.of(id);
  }

  async unregister(id: string): Promise<void> {
    this.#registrations.forget(id);
    try {
      await this.#ask({
        ...{ method: 'DELETE', path: pathOf(id), answer: Nothing },
        failure: 'UNREGISTER_FAILED',
      });
    } catch (thrown) {
      // The server that was asked before has done it, and could not say so any more.
      const isDone = thrown instanceof RegistryError && thrown.details['mayBeDone'] === true;
      if (!isDone || thrown.code !== 'SERVICE_NOT_FOUND') throw thrown;
    }
  }

  async offline(id: string): Promise<ServiceInstance> {
    return this.#ask({
      ...{ method: 'PUT', path: `${pathOf(id)}/offline`, answer: OfflineAnswer },
      failure: 'REGISTRY_FAILED',
    });
  }

  async renew(id: string): Promise<void> {
    return this.#ask({
      ...{ method: 'PUT', path: `${pathOf(id)}/renew`, answer: Nothing },
      failure: 'LEASE_ERROR',
    });
  }

  async discover(
    service: string,
    filter: InstanceFilter = {},
  ): Promise<readonly ServiceInstance[]> {
    const query = queryOf(filter);
    return this.#ask({
      ...{ method: 'GET', path: `/registry/discovery/${encodeURIComponent(service)}${query}` },
      ...{ answer: InstancesAnswer, failure: 'DISCOVERY_FAILED' },
    });
  }

  async getService(id: string): Promise<ServiceInstance> {
    return this.#ask({
      ...{ method: 'GET', path: pathOf(id), answer: InstanceAnswer },
      failure: 'DISCOVERY_FAILED',
    });
  }

  listServices(): Promise<readonly string[]> {
    return this.#ask({
      ...{ method: 'GET', path: '/registry/services', answer: NamesAnswer },
      failure: 'DISCOVERY_FAILED',
    });
  }

  async watch(service: string, { revision }: WatchOptions = {}): Promise<Watcher> {
    if (revision !== undefined) return this.#feed(service, revision).watch();
    const feed = this.#shared.get(service) ?? this.#feed(service, null);
    this.#shared.set(service, feed);
    return feed.watch();
  }

  /** What calls to the same servers may be authorized with. */
  get tokens(): TokenSource {
    return this.#deps.tokens;
  }

  setLogger(log: Logger): void {
    this.log.current = log;
  }

  /** Nothing is unregistered; whoever watches is told that it is over. */
  async close(): Promise<void> {
    for (const feed of this.#feeds) feed.close();
    this.#deps.closing.abort();
    await this.#deps.close();
  }

  #feed(service: string, since: number | null): RemoteFeed {
    if (this.#feeds.size >= SERVICES_WATCHED_MAX) {
      const message = `more than ${SERVICES_WATCHED_MAX} services cannot be watched at a time`;
      throw new RegistryError('WATCH_FAILED', message);
    }
    const feed: RemoteFeed = new RemoteFeed({
      ...{ service, since, clock: this.#deps.clock },
      ...{ random: this.#deps.random, log: this.log },
      poll: (revision, waitMs, signal) => this.#poll(service, { revision, waitMs }, signal),
      onEnd: () => {
        this.#feeds.delete(feed);
        if (this.#shared.get(service) === feed) this.#shared.delete(service);
      },
    });
    this.#feeds.add(feed);
    return feed;
  }

  #poll(
    service: string,
    { revision, waitMs }: { readonly revision: number | null; readonly waitMs: number },
    signal: AbortSignal,
  ): Promise<WatchUpdate> {
    const query = new URLSearchParams({ wait: `${waitMs / S_MS}s` });
    if (revision !== null) query.set('revision', String(revision));
    const call: ServerCall<WatchUpdate> = {
      ...{
        method: 'GET',
        path: `/registry/watch/${encodeURIComponent(service)}?${query.toString()}`,
      },
      ...{ answer: WatchAnswer, failure: 'WATCH_FAILED', waitMs },
    };
    return this.#authorized(this.#deps.waitingCalls, call, signal);
  }

  #ask<T>(call: ServerCall<T>): Promise<T> {
    return this.#authorized(this.#deps.calls, call, this.#deps.closing.signal);
  }

  /** A token that is refused is replaced once. */
  async #authorized<T>(calls: ServerCalls, call: ServerCall<T>, signal: AbortSignal): Promise<T> {
    const { tokens } = this.#deps;
    const token = await tokens.current();
    try {
      return await calls.ask(call, token, signal);
    } catch (thrown) {
      if (!isUnauthorized(thrown)) throw thrown;
      const other = await tokens.replace(token);
      if (other === null) throw thrown;
      return calls.ask(call, other, signal);
    }
  }
}

/** @throws RegistryError `SERVICE_NOT_FOUND` for none. */
function pathOf(id: string): string {
  // In a path they would lead elsewhere, and no instance is called so.
  if (id === '' || id === '.' || id === '..') throw notFoundError(id);
  return `/registry/services/${encodeURIComponent(id)}`;
}

function queryOf({ metadata = {}, limit, ...filter }: InstanceFilter): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined) query.set(name, value);
  }
  if (limit !== undefined) query.set('limit', String(limit));
  for (const [name, value] of Object.entries(metadata)) query.set(`metadata[${name}]`, value);
  return query.size === 0 ? '' : `?${query.toString()}`;
}
