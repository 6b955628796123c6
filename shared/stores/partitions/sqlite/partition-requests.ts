import { AppError } from '../../../kernel/errors.ts';
import { answerBatch } from '../../sqlite/answer-batch.ts';
import type { Numbered, Reply } from '../../worker-rpc.ts';
import {
  type PartitionEngine,
  partitionEngine,
  type StoreCalls,
} from '../engine/partition-engine.ts';
import type { StoreClock } from '../engine/store-clock.ts';
import type { ClaimRequest, StoreIdentity } from '../partition-store.ts';
import { claimedText } from './claimed-text.ts';
import { setUpNamespace } from './partition-schema.ts';
import { settledOf } from './settled-text.ts';
import { SqlitePartitionData } from './sqlite-partition-data.ts';
import { type PlaceOpening, SqlitePlace } from './sqlite-place.ts';

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
  readonly place: SqlitePlace;
  readonly data: SqlitePartitionData;
  readonly engine: PartitionEngine;
}

/** Answers requests in the order they came. Those that stand side by side share a transaction. */
export class PartitionRequests {
  readonly #clock: StoreClock;
  #open: Open | null = null;

  constructor(clock: StoreClock) {
    this.#clock = clock;
  }

  answer(batch: readonly Numbered<PartitionRequest>[]): Reply[] {
    return answerBatch(batch, {
      together: (requests) => {
        const calls = requests.filter(isCall);
        if (calls.length < requests.length) return null;
        return this.#transaction(() => calls.map((call) => this.#call(call)));
      },
      alone: (request) => this.#result(request),
    });
  }

  #result(request: PartitionRequest): unknown {
    switch (request.op) {
      case 'open':
        return this.#begin(request.opening);
      case 'close':
        this.#open?.place.close();
        this.#open = null;
        return undefined;
      case 'claim':
      case 'settle':
      case 'call':
        return this.#transaction(() => this.#call(request));
    }
  }

  #begin(opening: PlaceOpening): StoreIdentity {
    const { namespace, bootId, freshIncarnation } = opening;
    const { place, value: open } = SqlitePlace.open(opening, (db) =>
      setUpNamespace(db, { namespace, bootId, incarnation: freshIncarnation }),
    );
    const data = new SqlitePartitionData(place.db, namespace, open);
    this.#open = { place, data, engine: partitionEngine(data, this.#clock) };
    return { id: place.id, incarnation: open.incarnation };
  }

  #call(request: PartitionCall): unknown {
    const { engine } = this.#opened;
    switch (request.op) {
      case 'claim':
        return claimedText(engine.claimStretches(request.request));
      case 'settle': {
        const groups: unknown = JSON.parse(request.settlements);
        const verdicts: unknown = Reflect.apply(engine.settleGroups, undefined, [groups]);
        return settledOf(verdicts);
      }
      case 'call':
        return Reflect.apply(engine[request.name], undefined, request.args);
    }
  }

  #transaction<T>(work: () => T): T {
    const { place, data } = this.#opened;
    try {
      return place.transaction(() => {
        data.begin();
        const result = work();
        data.end();
        return result;
      });
    } catch (thrown) {
      data.forget();
      throw thrown;
    }
  }

  get #opened(): Open {
    if (this.#open === null) throw new AppError('unavailable', 'the partition store is closed');
    return this.#open;
  }
}

function isCall(request: PartitionRequest): request is PartitionCall {
  return request.op !== 'open' && request.op !== 'close';
}
