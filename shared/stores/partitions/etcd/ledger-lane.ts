import { Ledger } from './ledger.ts';

interface KnownLedger {
  readonly ledger: Ledger;
  readonly revision: number;
}

/**
 * Steps that change one ledger, one after the other, so that they need not be told by etcd that they
 * have met. What the ledger says is known from the last one.
 */
export class LedgerLane {
  readonly name: string;
  /** The ledger, and the revision that it has in etcd; null: it must be read. */
  known: KnownLedger | null = newLedger();
  #last: Promise<unknown> = Promise.resolve();

  constructor(name: string) {
    this.name = name;
  }

  /** Etcd has none any more. */
  forget(): void {
    this.known = newLedger();
  }

  /** Of what the ledger holds as completed. */
  get ranges(): number {
    return this.known?.ledger.ranges ?? 0;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }
}

function newLedger(): KnownLedger {
  return { ledger: Ledger.of(null), revision: 0 };
}
