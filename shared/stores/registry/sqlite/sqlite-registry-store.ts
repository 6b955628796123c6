import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { AppError } from '../../../kernel/errors.ts';
import { workerUrl } from '../../../kernel/worker-url.ts';
import { bootId } from '../../sqlite/boot-id.ts';
import { WorkerRpc } from '../../worker-rpc.ts';
import { eventOf } from '../record-text.ts';
import type {
  InstanceChange,
  InstancePage,
  RegistryStore,
  RenewOutcome,
} from '../registry-store.ts';
import { changesOf, outcomeOf, storedOf, textChange } from '../text-changes.ts';
import type { RegistryCalls, RegistryRequest } from './registry-requests.ts';

export interface SqliteRegistryOptions {
  /** The database file; its folder must exist. Several processes of one host may share it. */
  readonly path: string;
  readonly prefix: string;
  /** So long leases last at least after the host was started anew. */
  readonly graceMs: number;
  /** The worker thread is gone, and the store with it. */
  readonly onDeath?: (error: AppError) => void;
}

/**
 * Opens a registry that is kept in a SQLite file, making both when there are none.
 * @throws AppError `invalid` when the file is damaged or was written by a newer version,
 * `unavailable` when the disk refuses.
 */
export async function openSqliteRegistryStore({
  path,
  prefix,
  graceMs,
  onDeath = () => undefined,
}: SqliteRegistryOptions): Promise<RegistryStore> {
  const rpc = new WorkerRpc<RegistryRequest>(
    new Worker(workerUrl('registry', import.meta.url), {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    }),
    { name: 'the registry worker', onDeath },
  );
  try {
    const opening = { path, prefix, graceMs, bootId: await bootId() };
    await rpc.ask({ op: 'open', opening });
    return new SqliteRegistryStore(rpc);
  } catch (thrown) {
    await rpc.end({ op: 'close' }).catch(() => undefined);
    throw thrown;
  }
}

/** The port as questions to `registry.worker.ts`. */
class SqliteRegistryStore implements RegistryStore {
  readonly #rpc: WorkerRpc<RegistryRequest>;
  #closing: Promise<void> | null = null;

  constructor(rpc: WorkerRpc<RegistryRequest>) {
    this.#rpc = rpc;
  }

  async find(ids: readonly string[]) {
    return (await this.#ask('find', ids)).map((found) => storedOf(found));
  }

  async list(page: InstancePage) {
    return (await this.#ask('list', page)).map((found) => storedOf(found));
  }

  services() {
    return this.#ask('services');
  }

  async write(changes: readonly InstanceChange[]) {
    return (await this.#ask('write', changes.map(textChange))).map(outcomeOf);
  }

  async renew(ids: readonly string[], ttlMs: number) {
    if (ids.length === 0) return [];
    return Array.from(await this.#ask('renew', JSON.stringify(ids), ttlMs), renewalOf);
  }

  overdue(limit: number) {
    return this.#ask('overdue', limit);
  }

  async changesSince(revision: number, limit: number) {
    const changes = await this.#ask('changesSince', revision, limit);
    return changes && changesOf(changes);
  }

  revision() {
    return this.#ask('revision');
  }

  async history(id: string) {
    return (await this.#ask('history', id)).map(eventOf);
  }

  own(owner: string, leaseMs: number) {
    return this.#ask('own', owner, leaseMs);
  }

  disown(owner: string) {
    return this.#ask('disown', owner);
  }

  forget(keep: number) {
    return this.#ask('forget', keep);
  }

  /** Waits for what was asked before, then ends the worker. */
  close(): Promise<void> {
    this.#closing ??= this.#rpc.end({ op: 'close' });
    return this.#closing;
  }

  async #ask<Name extends keyof RegistryCalls>(
    name: Name,
    ...args: Parameters<RegistryCalls[Name]>
  ): Promise<ReturnType<RegistryCalls[Name]>> {
    const answer = await this.#rpc.ask({ op: 'call', name, args });
    // The worker runs the same version of this program: it answers as the calls do.
    return z.custom<ReturnType<RegistryCalls[Name]>>().parse(answer);
  }
}

function renewalOf(letter: string): RenewOutcome {
  if (letter === 'r') return 'renewed';
  return letter === 'e' ? 'ended' : 'unknown';
}
