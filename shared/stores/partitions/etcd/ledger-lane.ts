interface KnownLedger {
  readonly text: string | null;
  readonly revision: number;
  readonly ranges: number;
}

/**
 * Steps that change one ledger, one after the other, so that they need not be told by etcd that they
 * have met. What the ledger says is known from the last one.
 */
export class LedgerLane {
  readonly name: string;
  /** The ledger's text, and the revision that it has in etcd; null: it must be read. */
  known: KnownLedger | null = { text: null, revision: 0, ranges: 0 };
  #last: Promise<unknown> = Promise.resolve();

  constructor(name: string) {
    this.name = name;
  }

  /** Of what the ledger holds as completed. */
  get ranges(): number {
    return this.known?.ranges ?? 0;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }
}
