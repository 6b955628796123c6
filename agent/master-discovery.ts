import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { HttpClientOptions } from '../shared/client/exchange.ts';
import type { HttpClient } from '../shared/client/http-client.ts';
import type { DiscoveryConfig } from '../shared/config/discovery-config.ts';
import { normalizeAgentUrl } from '../shared/domain/agent-url.ts';
import { aborted } from '../shared/kernel/aborted.ts';
import { Bell } from '../shared/kernel/bell.ts';
import type { Clock } from '../shared/kernel/clock.ts';
import { messageOf } from '../shared/kernel/errors.ts';
import { KeyedQueue } from '../shared/kernel/keyed-queue.ts';
import type { RandomSource } from '../shared/kernel/random.ts';
import type { Actor } from '../shared/kernel/run-together.ts';
import { connectRegistry } from '../shared/registry/client/connect-registry.ts';
import type { RegistryClient } from '../shared/registry/client/registry-client.ts';
import { ServiceCache } from '../shared/registry/client/service-cache.ts';
import type { TokenSource } from '../shared/registry/client/token-source.ts';
import type { ServiceInstance } from '../shared/registry/service-instance.ts';
import { JsonFile } from '../shared/stores/json-file.ts';
import { clientCredentials } from './client-credentials.ts';
import type { Masters } from './masters.ts';

const Kept = z.object({ masters: z.array(z.string()) });

export interface MasterDiscoveryDeps {
  readonly config: DiscoveryConfig;
  /** Masters that there are in any case. */
  readonly fixed: readonly string[];
  /** The data_dir. */
  readonly dir: string;
  /** What this agent is called as a client. */
  readonly name: string;
  readonly http: HttpClient;
  readonly clientOptions: HttpClientOptions;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Logger;
}

/**
 * Finds the masters in the registry, and follows their coming and going. Those that were known last
 * stay known while the registry is away, and when it knows none at all, also over a restart.
 */
export class MasterDiscovery implements Masters, Actor {
  readonly name = 'discovery of masters';
  readonly tokens: TokenSource;
  readonly #deps: MasterDiscoveryDeps;
  readonly #file: JsonFile;
  readonly #writes = new KeyedQueue();
  readonly #news = new Bell();
  #client: RegistryClient | null = null;
  #found: readonly string[];

  private constructor(deps: MasterDiscoveryDeps, file: JsonFile, found: readonly string[]) {
    this.#deps = deps;
    this.#file = file;
    this.#found = found;
    this.tokens = {
      current: async () => (await this.#client?.tokens.current()) ?? null,
      replace: async (refused) => (await this.#client?.tokens.replace(refused)) ?? null,
    };
  }

  /** A file that cannot be read is as good as none. */
  static async open(deps: MasterDiscoveryDeps): Promise<MasterDiscovery> {
    const file = new JsonFile(join(deps.dir, 'masters.json'));
    const kept = Kept.safeParse(await file.read().catch(() => null));
    return new MasterDiscovery(deps, file, kept.success ? kept.data.masters : []);
  }

  get urls(): readonly string[] {
    return [...new Set([...this.#deps.fixed, ...this.#found])];
  }

  changed(signal: AbortSignal): Promise<void> {
    return this.#news.heard(signal);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { config, clientOptions, clock, random, log, dir } = this.#deps;
    const path = join(dir, 'client.json');
    const credentials = await clientCredentials({ ...this.#deps, path }, signal);
    if (signal.aborted) return;
    const { tls, userAgent } = clientOptions;
    const client = connectRegistry({
      ...{ urls: [...config.urls], userAgent, clock, random, log, ...credentials },
      ...(tls !== undefined && { tls }),
    });
    this.#client = client;
    const onChange = () => this.#take(cache.discover(config.service));
    const cache = await ServiceCache.open({ registry: client, onChange, clock, random });
    // What it cannot do at first it tries on, and says so in the log.
    cache.follow(config.service).catch(() => undefined);
    await aborted(signal);
    await cache.close();
    await client.close();
    await this.#writes.run('file', async () => undefined);
  }

  #take(instances: readonly ServiceInstance[]): void {
    const urls = instances.flatMap((instance) => urlOf(instance) ?? []).sort();
    // Whoever has told so is one: rather the registry has lost them.
    if (urls.length === 0 || urls.join() === this.#found.join()) return;
    this.#found = urls;
    this.#deps.log.info({ masters: urls }, 'these masters were found');
    this.#news.ring();
    void this.#writes.run('file', () => this.#write(urls));
  }

  async #write(masters: readonly string[]): Promise<void> {
    try {
      await this.#file.write({ masters });
    } catch (thrown) {
      this.#deps.log.warn({ reason: messageOf(thrown) }, 'the masters cannot be kept');
    }
  }
}

function urlOf({ protocol, address }: ServiceInstance): string | null {
  try {
    return normalizeAgentUrl(`${protocol === 'https' ? 'https' : 'http'}://${address}`);
  } catch {
    return null;
  }
}
