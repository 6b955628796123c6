import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { RandomSource } from '../../../kernel/random.ts';
import { doubling, retryDelayMs } from '../../../resilience/retry-schedule.ts';
import {
  type DocumentReading,
  type LockedDocument,
  NO_REVISION,
} from '../../documents/locked-document.ts';
import { partitionEngine, type StoreCalls } from '../engine/partition-engine.ts';
import { MemoryPartitionData, type NamespaceSnapshot } from '../memory/memory-partition-data.ts';
import { documentText, snapshotOf } from './document-text.ts';
import { lockChanges, lockNames, withLocks } from './locks.ts';
import { requireRoom, sizeOf } from './room.ts';

/** A caller that waits is a promise in memory; more of them than this are refused. */
const WAITING_MAX = 10_000;
/** Steps done together, in one swap. */
const TOGETHER_MAX = 256;
/** A swap that others were quicker than is tried again, so often. */
const TRIES_MAX = 60;
const RETRY = doubling(2, 250);

interface Step {
  /** Does it, and gives what tells its caller of it. */
  readonly run: (engine: StoreCalls) => () => void;
  readonly reject: (error: unknown) => void;
}

interface StepsDeps {
  readonly document: LockedDocument;
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/**
 * The document as it was read last: its text alone, for whatever is made of it callers are given,
 * and may change.
 */
interface Known {
  readonly revision: number;
  readonly text: string;
  readonly restarts: number;
  /** Names of those that there may be. */
  readonly locks: readonly string[];
}

const NOTHING: Known = { revision: NO_REVISION, text: '', restarts: 0, locks: [] };

interface Seen {
  readonly reading: DocumentReading;
  readonly snapshot: NamespaceSnapshot;
}

/**
 * Steps of the engine on a document: it is read, what it tells is changed in memory, and swapped
 * in, unless somebody else was quicker: then all of that is done again. Steps that wait for the
 * one before are done together.
 */
export class SimpleSteps {
  readonly #deps: StepsDeps;
  readonly #waiting: Step[] = [];
  #known = NOTHING;
  #working: Promise<void> | null = null;
  #isClosed = false;

  constructor(deps: StepsDeps) {
    this.#deps = deps;
  }

  do<T>(work: (engine: StoreCalls) => T): Promise<T> {
    if (this.#isClosed) return refused('the partition store is closed');
    if (this.#waiting.length >= WAITING_MAX) return refused(`${WAITING_MAX} steps wait already`);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const run = (engine: StoreCalls) => {
      const answer = work(engine);
      return () => resolve(answer);
    };
    this.#waiting.push({ run, reject });
    this.#working ??= this.#work();
    return promise;
  }

  /** Waits for what was asked before. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#working;
    await this.#deps.document.close();
  }

  async #work(): Promise<void> {
    // What is asked in the same turn comes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#settle(this.#waiting.splice(0, TOGETHER_MAX));
    this.#working = null;
  }

  /** Never rejects: each step's own caller hears what went wrong. */
  async #settle(steps: readonly Step[]): Promise<void> {
    try {
      for (const answer of await this.#done(steps)) answer();
    } catch (thrown) {
      if (steps.length === 1 || isAway(thrown)) for (const step of steps) step.reject(thrown);
      // One bad step is to fail only its own caller.
      else for (const step of steps) await this.#settle([step]);
    }
  }

  async #done(steps: readonly Step[]): Promise<readonly (() => void)[]> {
    const { namespace, clock, random } = this.#deps;
    for (let failures = 0; failures < TRIES_MAX; failures += 1) {
      if (failures > 0) await clock.sleep(retryDelayMs(RETRY, failures, random), NEVER);
      const answers = await this.#try(steps);
      if (answers !== null) return answers;
    }
    throw new AppError(
      'unavailable',
      `too many change ${namespace} at once: others were quicker ${TRIES_MAX} times; ` +
        'the strategy "hash" is made for that',
    );
  }

  /** Null: others were quicker. */
  async #try(steps: readonly Step[]): Promise<readonly (() => void)[] | null> {
    const { document, namespace } = this.#deps;
    const { reading, snapshot: seen } = await this.#read();
    const { nowMs } = reading;
    const before = this.#known;
    const data = new MemoryPartitionData(withLocks(seen, reading));
    const engine = partitionEngine(data, { now: () => nowMs, monotonicMs: () => nowMs });
    const answers = steps.map(({ run }) => run(engine));
    const snapshot = data.snapshot();
    const text = documentText(snapshot, data.counts(), before.restarts);
    const locks = lockChanges(reading, snapshot);
    if (text === before.text && locks.taken.length + locks.freed.length === 0) return answers;
    requireRoom(namespace, sizeOf(before.text, seen), sizeOf(text, snapshot));
    const { revision: seenRevision, restarts } = before;
    const revision = await document.swap({ revision: seenRevision, text, ...locks });
    if (revision === null) return null;
    this.#known = { revision, text, restarts, locks: lockNames(snapshot) };
    return answers;
  }

  /**
   * Which locks there may be only the document tells: after a new one they are looked at again. If
   * it has changed once more by then, the swap is not done.
   */
  async #read(): Promise<Seen> {
    const { document } = this.#deps;
    const { revision: known, locks: asked } = this.#known;
    const reading = await document.read({ revision: known, locks: asked });
    const { revision, text, restarts } = reading;
    if (text === null) {
      return { reading, snapshot: snapshotOf(this.#known.text, this.#known.restarts) };
    }
    const snapshot = snapshotOf(text, restarts);
    const locks = lockNames(snapshot);
    this.#known = { revision, text, restarts, locks };
    const seen = new Set(asked);
    const isComplete = locks.every((name) => seen.has(name));
    return { reading: isComplete ? reading : await document.read({ revision, locks }), snapshot };
  }
}

const NEVER = new AbortController().signal;

/** The place is: none of the steps is to blame, and what was swapped may have been done. */
function isAway(thrown: unknown): boolean {
  return thrown instanceof AppError && ['unavailable', 'timeout'].includes(thrown.kind);
}

function refused(why: string): Promise<never> {
  return Promise.reject(new AppError('unavailable', why));
}
