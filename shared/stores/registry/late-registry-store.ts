import type { Clock } from '../../kernel/clock.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { RegistryStore } from './registry-store.ts';

/** After a failure it is not tried again for so long, however many ask. */
const REST_MS = 1_000;

interface LateStoreOptions {
  readonly open: () => Promise<RegistryStore>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/**
 * A store that may be away when it is made: it is opened by whoever asks first, and then by the next
 * one until that succeeds. Until then everything throws AppError `unavailable`.
 */
export function lateRegistryStore(options: LateStoreOptions): RegistryStore {
  const late = new LateStore(options);
  const store = () => late.store();
  return {
    find: async (ids) => (await store()).find(ids),
    list: async (page) => (await store()).list(page),
    services: async () => (await store()).services(),
    write: async (changes) => (await store()).write(changes),
    renew: async (ids, ttlMs) => (await store()).renew(ids, ttlMs),
    overdue: async (limit) => (await store()).overdue(limit),
    changesSince: async (revision, limit) => (await store()).changesSince(revision, limit),
    revision: async () => (await store()).revision(),
    history: async (id) => (await store()).history(id),
    own: async (owner, leaseMs) => (await store()).own(owner, leaseMs),
    disown: async (owner) => (await store()).disown(owner),
    forget: async (keep) => (await store()).forget(keep),
    close: () => late.close(),
  };
}

class LateStore {
  readonly #options: LateStoreOptions;
  #opening: Promise<RegistryStore> | null = null;
  #failedMs: number | null = null;
  #isClosed = false;

  constructor(options: LateStoreOptions) {
    this.#options = options;
  }

  store(): Promise<RegistryStore> {
    if (this.#isClosed) {
      return Promise.reject(new AppError('unavailable', 'the registry is closed'));
    }
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#failedMs !== null && nowMs - this.#failedMs >= REST_MS) this.#opening = null;
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const store = await this.#opening?.catch(() => null);
    await store?.close();
  }

  async #open(): Promise<RegistryStore> {
    this.#failedMs = null;
    try {
      return await this.#options.open();
    } catch (cause) {
      this.#failedMs = this.#options.clock.monotonicMs();
      const message = `the store of the registry cannot be opened: ${messageOf(cause)}`;
      throw new AppError('unavailable', message, { cause });
    }
  }
}
