import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import { answerBatch } from '../../sqlite/answer-batch.ts';
import { SqliteFile } from '../../sqlite/sqlite-file.ts';
import type { Numbered, Reply } from '../../worker-rpc.ts';
import type { InstancePage } from '../registry-store.ts';
import type { TextChange } from '../text-changes.ts';
import { setUpRegistry, setUpTables } from './registry-schema.ts';
import { SqliteRegistryData } from './sqlite-registry-data.ts';

const REMEDY =
  'move it away (and its -wal and -shm files) and start again; instances must register anew then';
const US_A_MS = 1_000;

export interface RegistryOpening {
  readonly path: string;
  readonly prefix: string;
  readonly bootId: string;
  /** So long leases last at least after the host was started anew. */
  readonly graceMs: number;
}

/** What the store asks of its worker. `open` comes first and `close` last. */
export type RegistryRequest =
  | { readonly op: 'open'; readonly opening: RegistryOpening }
  | RegistryCall
  | { readonly op: 'close' };

type RegistryCall = {
  readonly op: 'call';
  readonly name: keyof RegistryCalls;
  readonly args: readonly unknown[];
};

/** The port, with records and events as texts, IDs of renewals as JSON, and what became of them. */
export type RegistryCalls = ReturnType<typeof callsOf>;

/** What only reads. */
const READS = new Set<keyof RegistryCalls>([
  ...(['find', 'list', 'services', 'overdue', 'changesSince', 'revision', 'history'] as const),
]);

interface Open {
  readonly file: SqliteFile;
  readonly data: SqliteRegistryData;
  readonly calls: RegistryCalls;
}

/** Answers requests in the order they came. Those that stand side by side share a transaction. */
export class RegistryRequests {
  readonly #clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** Null: it is closed. */
  #opening: RegistryOpening | null = null;
  #open: Open | null = null;
  #isDurable = false;

  constructor(clock: Pick<Clock, 'now' | 'monotonicMs'>) {
    this.#clock = clock;
  }

  answer(batch: readonly Numbered<RegistryRequest>[]): Reply[] {
    return answerBatch(batch, {
      together: (requests) => {
        const calls = requests.filter((request) => request.op === 'call');
        return calls.length < requests.length ? null : this.#transaction(calls);
      },
      alone: (request) => this.#result(request),
    });
  }

  #result(request: RegistryRequest): unknown {
    switch (request.op) {
      case 'open':
        this.#opening = request.opening;
        this.#open = this.#begin(request.opening);
        return undefined;
      case 'close':
        this.#opening = null;
        this.#drop();
        return undefined;
      case 'call':
        return this.#transaction([request])[0];
    }
  }

  #transaction(asked: readonly RegistryCall[]): readonly unknown[] {
    const { file, data, calls } = this.#opened();
    this.#keep(file, asked);
    const isReading = asked.every(({ name }) => READS.has(name));
    try {
      return file.transaction(
        () => {
          data.begin();
          const results = asked.map(({ name, args }): unknown =>
            Reflect.apply(calls[name], undefined, args),
          );
          data.end();
          return results;
        },
        isReading ? 'BEGIN' : 'BEGIN IMMEDIATE',
      );
    } catch (thrown) {
      data.forget();
      throw thrown;
    }
  }

  /** Renewals may be lost with the power: after that all leases begin anew. Nothing else may. */
  #keep({ db }: SqliteFile, asked: readonly RegistryCall[]): void {
    const isDurable = asked.some(({ name }) => name !== 'renew' && !READS.has(name));
    if (isDurable === this.#isDurable) return;
    db.exec(`PRAGMA synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`);
    this.#isDurable = isDurable;
  }

  /** In place of a file that was deleted or replaced is another registry, which tells so itself. */
  #opened(): Open {
    if (this.#opening === null) throw new AppError('unavailable', 'the registry store is closed');
    if (this.#open?.file.isReplaced === true) this.#drop();
    this.#open ??= this.#begin(this.#opening);
    return this.#open;
  }

  #begin({ path, prefix, bootId, graceMs }: RegistryOpening): Open {
    const { file } = SqliteFile.open({ path, remedy: REMEDY }, (db) => setUpTables(db, path));
    file.db.exec('PRAGMA synchronous = FULL');
    this.#isDurable = true;
    const nowUs = this.#clock.now() * US_A_MS;
    const data = file.transaction(() => {
      const { id, isOfOtherBoot } = setUpRegistry(file.db, { prefix, bootId, nowUs });
      const found = new SqliteRegistryData(file.db, id, this.#clock);
      found.begin();
      if (isOfOtherBoot) found.giveLeases(graceMs);
      found.end();
      return found;
    });
    return { file, data, calls: callsOf(data) };
  }

  #drop(): void {
    this.#open?.file.close();
    this.#open = null;
  }
}

function callsOf(data: SqliteRegistryData) {
  return {
    find: (ids: readonly string[]) => data.find(ids),
    list: (page: InstancePage) => data.list(page),
    services: () => data.services(),
    write: (changes: readonly TextChange[]) => data.write(changes),
    renew: (text: string, ttlMs: number) => {
      const ids: unknown = JSON.parse(text);
      return Array.isArray(ids) ? data.renew(text, ids.map(String), ttlMs) : '';
    },
    overdue: (limit: number) => data.overdue(limit),
    changesSince: (revision: number, limit: number) => data.changesSince(revision, limit),
    revision: () => data.revision(),
    history: (id: string) => data.history(id),
    own: (owner: string, leaseMs: number) => data.own(owner, leaseMs),
    disown: (owner: string) => data.disown(owner),
    forget: (keep: number) => data.forgetRemoved(keep),
  };
}
