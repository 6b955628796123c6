import type { InstanceEvent, InstanceRecord } from '../../../shared/domain/instance-record.ts';
import type {
  InstanceChange,
  RegistryStore,
  StoredInstance,
} from '../../../shared/stores/registry/registry-store.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A place where registries are kept, and the way in which its time passes. */
export interface RegistryRig extends AsyncDisposable {
  /** Opens a prefix that nobody has used, or one that somebody has. */
  open(prefix: string): Promise<RegistryStore>;
  /** Lets so much time pass by the store's clock. */
  pass(ms: number): Promise<void>;
  /** A short lease, as this engine has them. */
  readonly shortMs: number;
  /** Whether it knows which lease ended first. */
  readonly isOverdueOrdered: boolean;
}

/** None ends while a test runs. */
export const LONG_MS = 60_000;

/** A prefix of its own for each test, and short words for what tests do with it. */
export class RegistryBench {
  readonly #openRig: () => Promise<RegistryRig>;
  #rig: RegistryRig | null = null;
  #opened: RegistryStore[] = [];
  #prefixes = 0;

  constructor(openRig: () => Promise<RegistryRig>) {
    this.#openRig = openRig;
  }

  async open(): Promise<void> {
    this.#rig ??= await this.#openRig();
    this.#prefixes += 1;
    await this.another();
  }

  async closeStores(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((store) => store.close()));
  }

  async close(): Promise<void> {
    await this.#rig?.[Symbol.asyncDispose]();
  }

  get rig(): RegistryRig {
    if (this.#rig === null) throw new Error('the place is not open yet');
    return this.#rig;
  }

  get store(): RegistryStore {
    const [store] = this.#opened;
    if (store === undefined) throw new Error('the store is not open yet');
    return store;
  }

  /** One more client, of the same place or of one whose prefix goes on with that text. */
  async another(more = ''): Promise<RegistryStore> {
    const store = await this.rig.open(`/test/registry-${this.#prefixes}-of-many${more}`);
    this.#opened.push(store);
    return store;
  }

  /** Registers it, or changes it from that revision; gives the revision it has then. */
  async put(record: InstanceRecord, more: Partial<InstanceChange> = {}): Promise<number> {
    return this.done({ ...change(record), ...more });
  }

  /** Makes a change that must succeed. */
  async done(one: InstanceChange): Promise<number> {
    const [outcome] = await this.store.write([one]);
    if (outcome?.isDone !== true) throw new Error(`${one.id}: ${outcome?.why}`);
    return outcome.revision;
  }

  async remove(id: string): Promise<number> {
    const { revision } = await this.get(id);
    return this.done({ ...{ id, expected: revision, record: null }, lease: 'end', event: null });
  }

  async get(id: string): Promise<StoredInstance> {
    const [found = null] = await this.store.find([id]);
    if (found === null) throw new Error(`${id} is not there`);
    return found;
  }

  /** Registers instances with leases that end at once, and waits until they have. */
  async putEnded(...ids: readonly string[]): Promise<void> {
    const lease = { ttlMs: this.rig.shortMs };
    await this.store.write(ids.map((id) => ({ ...change(instance(id)), lease })));
    await this.ended(ids.length);
  }

  /** Waits until so many short leases have ended. */
  async ended(count: number): Promise<void> {
    await this.rig.pass(this.rig.shortMs);
    await waitFor('the ends of leases', async () => {
      const { ended } = await this.store.overdue(0);
      return ended === count;
    });
  }
}

/** One that is up, of the service that its ID begins with. */
export function instance(id: string, more: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    ...{ id, name: id.split('-')[0] ?? id, address: '10.0.0.1:8080', protocol: 'http', env: 'all' },
    ...{ zone: '', metadata: {}, weight: 100, words: 'active', reported: 'up', lifecycle: 'up' },
    ...{ override: null, check: null, failing: null, incarnation: 1 },
    ...{ registeredMs: 1_700_000_000_000, startedMs: 1_700_000_000_000 },
    ...{ offlineMs: null, lastRenewMs: null, ...more },
  };
}

/** A first registration. */
export function change(record: InstanceRecord): InstanceChange {
  const { id } = record;
  return { id, expected: 0, record, lease: { ttlMs: LONG_MS }, event: null };
}

/** That it has run out, as whoever expires instances writes it. */
export function expiry(there: StoredInstance, fence: InstanceChange['fence']): InstanceChange {
  const { id } = there.record;
  const record: InstanceRecord = { ...there.record, lifecycle: 'expired', offlineMs: 1 };
  const one: InstanceChange = {
    ...{ id, expected: there.revision, record },
    ...{ lease: 'end', event: event('its lease ran out') },
  };
  return fence === undefined ? one : { ...one, fence };
}

export function event(reason: string): InstanceEvent {
  return { atMs: 1_700_000_000_000, event: 'registered', reason, actor: '' };
}
