import type { Compare, Write } from '../../etcd/etcd-messages.ts';

interface Pending {
  /** Null: the key goes. The lease is the one that new holders get. */
  readonly value: ((lease: bigint) => string) | null;
  /** The lease that it ends with; null: the new one. */
  readonly hangsOn: bigint | null;
}

/** What is to be written in one step, and what must still be as it was for that. */
export class EtcdWrites {
  readonly #pending = new Map<string, Pending>();
  readonly #revisions = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** The key must not have changed since that revision; 0: it must not be there. */
  guard(key: string, revision: number): void {
    if (!this.#revisions.has(key)) this.#revisions.set(key, revision);
  }

  put(key: string, revision: number, value: (lease: bigint) => string): void {
    this.guard(key, revision);
    this.putNow(key, value);
  }

  /** One that is guarded already, or that another key stands for. */
  putNow(key: string, value: (lease: bigint) => string): void {
    this.#pending.set(key, { value, hangsOn: 0n });
  }

  delete(key: string, revision: number): void {
    this.guard(key, revision);
    this.#pending.set(key, { value: null, hangsOn: 0n });
  }

  /** Whatever is there, or where another key that is compared stands for it. */
  putBlindly(key: string, value: string, hangsOn = 0n): void {
    this.#pending.set(key, { value: () => value, hangsOn });
  }

  /** It ends with the lease that is new in this step. */
  putLeased(key: string, value: string): void {
    this.#pending.set(key, { value: () => value, hangsOn: null });
  }

  deleteBlindly(key: string): void {
    this.#pending.set(key, { value: null, hangsOn: 0n });
  }

  /** As if it had never been asked for. */
  drop(key: string): void {
    this.#pending.delete(key);
    this.#revisions.delete(key);
  }

  compares(): Compare[] {
    return [...this.#revisions].map(([key, revision]) => ({ key, revision }));
  }

  writes(lease: bigint): Write[] {
    return [...this.#pending].map(([key, { value, hangsOn }]) =>
      value === null
        ? { op: 'delete', key }
        : { op: 'put', key, value: value(lease), lease: hangsOn ?? lease },
    );
  }
}
