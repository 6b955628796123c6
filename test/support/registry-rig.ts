import { registryHttp } from '../../shared/registry/http/registry-http.ts';
import { type RunningRegistry, runRegistry } from '../../shared/registry/open-registry.ts';
import type { Registry } from '../../shared/registry/registry.ts';
import { memoryRegistryStore } from '../../shared/stores/registry/memory/memory-registry-store.ts';
import type { RegistryStore } from '../../shared/stores/registry/registry-store.ts';
import { AuthRig } from './auth-rig.ts';
import { FakeClock } from './fake-clock.ts';
import type { Json } from './fleet-process.ts';

interface RegistryRigOptions {
  /** How the store is made of its clock. */
  readonly store?: (clock: FakeClock) => RegistryStore;
  readonly hasStatus?: boolean;
}

interface CallOptions {
  /** Absent: the admin's. */
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A registry behind its HTTP API, with accounts, and a clock that the test moves. */
export class RegistryRig implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly auth: AuthRig;
  /** A token that may do everything. */
  readonly admin: string;
  readonly #running: RunningRegistry;
  readonly #endWatches: () => void;

  private constructor(
    parts: Pick<RegistryRig, 'clock' | 'auth' | 'admin'>,
    running: RunningRegistry,
    endWatches: () => void,
  ) {
    this.clock = parts.clock;
    this.auth = parts.auth;
    this.admin = parts.admin;
    this.#running = running;
    this.#endWatches = endWatches;
  }

  static async start({ store = memoryRegistryStore, hasStatus = false }: RegistryRigOptions = {}) {
    const clock = new FakeClock();
    const running = runRegistry({
      ...{ clock, store: store(clock), look: async () => null },
      options: { retryTimes: 0 },
    });
    const { routes, endWatches } = registryHttp({ registry: running.registry, clock, hasStatus });
    const auth = await AuthRig.start({ routes, hasStatus });
    const parts = { clock, auth, admin: await auth.admin() };
    return new RegistryRig(parts, running, endWatches);
  }

  get registry(): Registry {
    return this.#running.registry;
  }

  get url(): string {
    return this.auth.url;
  }

  /** A token that may write instances of those services alone. */
  async tokenFor(...services: readonly string[]): Promise<string> {
    return (await this.auth.client(this.admin, services)).token;
  }

  call(method: string, path: string, { token = this.admin, ...options }: CallOptions = {}) {
    return this.auth.call(method, path, { token, ...options });
  }

  /** The data of a call that succeeds. */
  async data(method: string, path: string, options: CallOptions = {}): Promise<Json> {
    const { status, body } = await this.call(method, path, options);
    if (status === 200 && body.code === 20_000 && body.msg === 'success') return body.data;
    throw new Error(`${status} ${JSON.stringify(body)}`);
  }

  register(body: object): Promise<Json> {
    return this.data('POST', '/registry/services', { body });
  }

  /** Ends the answers that have no end of their own, as a server does that stops. */
  endWatches(): void {
    this.#endWatches();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#endWatches();
    await this.auth[Symbol.asyncDispose]();
    await this.#running.close();
  }
}
