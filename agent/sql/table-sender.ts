import { stoppable } from '../../shared/kernel/stoppable.ts';
import type { Delivery, LogRecord, Records, Sender } from '../plugins/plugin.ts';
import { RecordsRefused } from '../records/records-refused.ts';
import { ACCEPTED, type Acceptance } from '../sink/acceptance.ts';
import { Mutex } from '../sink/mutex.ts';
import type { SendRate } from '../sink/send-rate.ts';

/** A table that rows are put into, all of them or none. */
export interface TableSink {
  /** @throws AppError; after `RecordsRefused` it can be used again. */
  insert(records: readonly LogRecord[], key: string): Promise<void>;
  close(): void;
}

interface TableSenderDeps {
  readonly name: string;
  /** Ends with an error when the signal aborts. */
  readonly connect: (signal: AbortSignal) => Promise<TableSink>;
  /** How fast it may go; absent: as fast as it can. */
  readonly rate?: SendRate;
}

/** Puts each batch into a table by one connection, which is opened when there is something to send. */
export class TableSender implements Sender {
  readonly sendsKey = true;
  readonly name: string;
  readonly #deps: TableSenderDeps;
  readonly #turn = new Mutex();
  #sink: TableSink | null = null;

  constructor(deps: TableSenderDeps) {
    this.name = deps.name;
    this.#deps = deps;
  }

  async send(records: Records, signal: AbortSignal, { key }: Delivery): Promise<Acceptance> {
    if (records.count === 0) return ACCEPTED;
    const { rate } = this.#deps;
    const release = await this.#turn.acquire(signal);
    try {
      await rate?.ready(signal);
      await this.#insert(records.objects(), signal, key);
      rate?.spend(records.count);
      return ACCEPTED;
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    this.#drop();
  }

  async #insert(records: readonly LogRecord[], signal: AbortSignal, key: string): Promise<void> {
    const sink = (this.#sink ??= await this.#deps.connect(signal));
    try {
      await stoppable(
        signal,
        () => this.#drop(),
        () => sink.insert(records, key),
      );
    } catch (thrown) {
      if (!(thrown instanceof RecordsRefused)) this.#drop();
      throw thrown;
    }
  }

  #drop(): void {
    this.#sink?.close();
    this.#sink = null;
  }
}
