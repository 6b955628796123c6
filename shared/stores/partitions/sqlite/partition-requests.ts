import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AppError, toAppError } from '../../../kernel/errors.ts';
import { sqliteError } from '../../sqlite-errors.ts';
import type { Numbered, Reply } from '../../worker-rpc.ts';
import { partitionEngine, type StoreCalls } from '../engine/partition-engine.ts';
import type { StoreClock } from '../engine/work.ts';
import type { ClaimRequest, StoreIdentity } from '../partition-store.ts';
import { storeLostError } from '../store-errors.ts';
import { claimedText } from './claimed-text.ts';
import { setUpNamespace, setUpPlace } from './partition-schema.ts';
import { SqlitePartitionData } from './sqlite-partition-data.ts';

/** How long one transaction waits for those of other processes. */
const BUSY_MS_MAX = 5_000;
const REMEDY =
  'move it away (and its -wal and -shm files) and start again; all partitions begin anew then';

export interface PlaceOpening {
  readonly path: string;
  readonly namespace: string;
  readonly bootId: string;
  /** For a file that is new, and for a namespace that is. */
  readonly freshId: string;
  readonly freshIncarnation: string;
}

/** What the store asks of its worker. `open` comes first and `close` last. */
export type PartitionRequest =
  | { readonly op: 'open'; readonly opening: PlaceOpening }
  | PartitionCall
  | { readonly op: 'close' };

type PartitionCall =
  | { readonly op: 'call'; readonly name: keyof StoreCalls; readonly args: readonly unknown[] }
  /** What workers ask all the time, as texts: how they are told, and answered. */
  | { readonly op: 'claim'; readonly request: ClaimRequest }
  | { readonly op: 'settle'; readonly settlements: string };

interface Open {
  readonly db: DatabaseSync;
  readonly data: SqlitePartitionData;
  readonly engine: StoreCalls;
  readonly opening: PlaceOpening;
  readonly inode: number;
}

/**
 * Answers requests in the order they came. Those that stand side by side share a transaction; where
 * that fails each has one of its own, so that one bad request fails only its own caller.
 */
export class PartitionRequests {
  readonly #clock: StoreClock;
  #open: Open | null = null;

  constructor(clock: StoreClock) {
    this.#clock = clock;
  }

  answer(batch: readonly Numbered<PartitionRequest>[]): Reply[] {
    const calls = batch.map(({ request }) => request).filter(isCall);
    if (calls.length < batch.length) return batch.map((each) => this.#alone(each));
    try {
      const values = this.#transaction(() => calls.map((call) => this.#call(call)));
      return batch.map(({ id }, index) => ({ id, ok: true, value: values[index] }));
    } catch {
      return batch.map((each) => this.#alone(each));
    }
  }

  #alone({ id, request }: Numbered<PartitionRequest>): Reply {
    try {
      return { id, ok: true, value: this.#result(request) };
    } catch (thrown) {
      const { kind, message, details } = toAppError(thrown);
      return { id, ok: false, kind, message, details };
    }
  }

  #result(request: PartitionRequest): unknown {
    switch (request.op) {
      case 'open':
        return this.#begin(request.opening);
      case 'close':
        this.#open?.db.close();
        this.#open = null;
        return undefined;
      case 'claim':
      case 'settle':
      case 'call':
        return this.#transaction(() => this.#call(request));
    }
  }

  #begin(opening: PlaceOpening): StoreIdentity {
    const { path, namespace, bootId, freshId, freshIncarnation } = opening;
    const db = tried(path, () => new DatabaseSync(path, { timeout: BUSY_MS_MAX }));
    try {
      return tried(path, () => {
        const id = setUpPlace(db, { path, freshId });
        const fresh = { namespace, bootId, incarnation: freshIncarnation };
        const open = setUpNamespace(db, fresh);
        const data = new SqlitePartitionData(db, namespace, open);
        const engine = partitionEngine(data, this.#clock);
        this.#open = { db, data, engine, opening, inode: statSync(path).ino };
        return { id, incarnation: open.incarnation };
      });
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  }

  #call(request: PartitionCall): unknown {
    const { engine } = this.#opened;
    switch (request.op) {
      case 'claim':
        return claimedText(engine.claim(request.request));
      case 'settle': {
        const settlements: unknown = JSON.parse(request.settlements);
        return Reflect.apply(engine.settle, undefined, [settlements]);
      }
      case 'call':
        return Reflect.apply(engine[request.name], undefined, request.args);
    }
  }

  #transaction<T>(work: () => T): T {
    const { db, data, opening, inode } = this.#opened;
    const { path, namespace } = opening;
    // Of a file that was deleted or replaced this process would go on by itself.
    if (statSync(path, { throwIfNoEntry: false })?.ino !== inode) throw storeLostError(namespace);
    return tried(path, () => {
      db.exec('BEGIN IMMEDIATE');
      try {
        data.begin();
        const result = work();
        data.end();
        db.exec('COMMIT');
        return result;
      } catch (thrown) {
        data.forget();
        if (db.isTransaction) db.exec('ROLLBACK');
        throw thrown;
      }
    });
  }

  get #opened(): Open {
    if (this.#open === null) throw new AppError('unavailable', 'the partition store is closed');
    return this.#open;
  }
}

function isCall(request: PartitionRequest): request is PartitionCall {
  return request.op !== 'open' && request.op !== 'close';
}

function tried<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw thrown instanceof AppError ? thrown : sqliteError(thrown, path, REMEDY);
  }
}
