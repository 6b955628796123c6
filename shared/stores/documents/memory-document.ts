import type { Clock } from '../../kernel/clock.ts';
import type {
  DocumentChange,
  DocumentQuestion,
  DocumentReading,
  LockedDocument,
} from './locked-document.ts';

/** A document for as long as this process lives. */
export class MemoryDocument implements LockedDocument {
  readonly identity = { id: 'memory', incarnation: '1' };
  readonly #clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** Until when they last, by the monotonic clock. */
  readonly #locks = new Map<string, number>();
  #revision = 0;
  #text = '';

  constructor(clock: Pick<Clock, 'now' | 'monotonicMs'>) {
    this.#clock = clock;
  }

  async read({ revision, locks }: DocumentQuestion): Promise<DocumentReading> {
    const atMs = this.#clock.monotonicMs();
    const left = locks
      .map((name): [string, number] => [name, Math.ceil((this.#locks.get(name) ?? 0) - atMs)])
      .filter(([, ms]) => ms > 0);
    return {
      revision: this.#revision,
      text: revision === this.#revision ? null : this.#text,
      ...{ restarts: 0, nowMs: this.#clock.now(), leftMs: new Map(left) },
    };
  }

  async swap({ revision, text, taken, freed }: DocumentChange): Promise<number | null> {
    if (revision !== this.#revision) return null;
    this.#revision += 1;
    this.#text = text;
    const atMs = this.#clock.monotonicMs();
    for (const { name, leaseMs } of taken) this.#locks.set(name, atMs + leaseMs);
    for (const name of freed) this.#locks.delete(name);
    return this.#revision;
  }

  async close(): Promise<void> {
    // What is in memory goes with the process.
  }
}
