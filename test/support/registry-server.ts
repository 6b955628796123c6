import { pino } from 'pino';
import { logkitEnvelope } from '../../shared/api/envelope.ts';
import { AccessControl, type TokenCheck } from '../../shared/http/auth.ts';
import { createEdge } from '../../shared/http/edge.ts';
import { listen } from '../../shared/http/listen.ts';
import { RequestMetrics } from '../../shared/http/request-metrics.ts';
import type { Route } from '../../shared/http/route.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { registryHttp } from '../../shared/registry/http/registry-http.ts';
import { runRegistry } from '../../shared/registry/open-registry.ts';
import type { Registry } from '../../shared/registry/registry.ts';
import { memoryRegistryStore } from '../../shared/stores/registry/memory/memory-registry-store.ts';
import type { RegistryStore } from '../../shared/stores/registry/registry-store.ts';
import { Metrics } from '../../shared/telemetry/metrics.ts';

interface RegistryServerOptions {
  readonly store?: RegistryStore;
  /** 0: any that is free. */
  readonly port?: number;
  /** Absent: everybody may call. */
  readonly tokens?: TokenCheck;
  readonly routes?: readonly Route[];
}

const OPEN = { token: 'open', admin: 'open' } as const;

/** A registry and its HTTP API, at a port of 127.0.0.1. */
export class RegistryServer implements AsyncDisposable {
  readonly store: RegistryStore;
  readonly registry: Registry;
  readonly port: number;
  /** Paths of the calls that came, in their order. */
  readonly asked: string[];
  readonly #end: () => Promise<void>;
  #ended: Promise<void> | null = null;

  private constructor(
    parts: Pick<RegistryServer, 'store' | 'registry' | 'port' | 'asked'>,
    end: () => Promise<void>,
  ) {
    this.store = parts.store;
    this.registry = parts.registry;
    this.port = parts.port;
    this.asked = parts.asked;
    this.#end = end;
  }

  static async start(options: RegistryServerOptions = {}): Promise<RegistryServer> {
    const { store = memoryRegistryStore(systemClock), port = 0, tokens, routes = [] } = options;
    const clock = systemClock;
    const log = pino({ level: 'silent' });
    // Whoever has it on will start another one over the same store.
    const kept: RegistryStore = { ...store, close: async () => undefined };
    const running = runRegistry({
      ...{ store: kept, clock, look: async () => null },
      options: { retryTimes: 0 },
    });
    const { registry } = running;
    const http = registryHttp({ registry, clock, ...(tokens === undefined && { access: OPEN }) });
    const { listener } = createEdge({
      ...{ routes: [...http.routes, ...routes], envelope: logkitEnvelope, log, clock },
      auth: new AccessControl({
        ...{ clusterSecret: '', userToken: '', clock },
        ...(tokens !== undefined && { tokens }),
      }),
      requests: new RequestMetrics(new Metrics()),
    });
    const asked: string[] = [];
    const heard: typeof listener = (request, response) => {
      asked.push(`${request.method} ${request.url}`);
      listener(request, response);
    };
    const listening = await listen(heard, { host: '127.0.0.1', port, clock, log });
    return new RegistryServer({ store, registry, port: listening.port, asked }, async () => {
      http.endWatches();
      await listening.close(0);
      await running.close();
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The data stay, for another one at the same port. */
  stop(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
