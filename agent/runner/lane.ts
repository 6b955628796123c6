import { NO_UNITS } from '../../shared/domain/ledger.ts';
import { Bell } from '../../shared/kernel/bell.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, toAppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import { type Backoff, backoffMs } from '../../shared/resilience/backoff.ts';
import type {
  BufferedBatch,
  KeptDeadLetter,
  LaneState,
  Seal,
} from '../../shared/stores/checkpoint-store.ts';
import { isSealed, wasSent } from '../buffer/buffered-group.ts';
import type { SenderBuffer } from '../buffer/sender-buffer.ts';
import type { BatchLimits, SealedRange, SourceBatch } from '../plugins/plugin.ts';
import { ObjectRecords } from '../records/object-records.ts';
import { Attempts, type Delivered } from './attempt.ts';
import type { Commits } from './commits.ts';
import { addTo, countOf, type RunnerTotals } from './counters.ts';
import { unlessGivenUp, untilDelivered } from './delivery.ts';
import { LaneCounts } from './lane-counts.ts';
import { deadLettersOf, keyOf, type Parcel, recordOf, sealOf, settledRange } from './parcel.ts';
import type { NamedSender } from './pipeline.ts';
import type { Work } from './process.ts';

/** Dead letters of one sender; when there are more, the sink is waited for instead. */
const DEAD_LETTERS_MAX = 10_000;
const BUFFER_RETRY: Backoff = { firstMs: 500, maxMs: 30_000 };
const RECOUNT_MS = 50;
/** Dropped at once at most, for newer batches. */
const DROPPED_MAX = 64;

/** A batch whose sender was not waited for any more: it is buffered, and still being sent. */
interface Late extends Parcel {
  readonly sending: Promise<Delivered | null>;
  readonly row: BufferedBatch;
}

interface LaneDeps {
  readonly named: NamedSender;
  readonly buffer: SenderBuffer;
  readonly state: LaneState | undefined;
  /** What was being sent out of the buffer when the process ended. */
  readonly seal: Seal | undefined;
  /** By source: what was being sent past the buffer when the process ended. */
  readonly sealed: ReadonlyMap<string, SealedRange>;
  readonly runner: string;
  readonly epoch: string;
  readonly limits: BatchLimits;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly commits: Commits;
  readonly process: (batch: SourceBatch) => Work;
  readonly onError: (sender: string, error: AppError) => void;
}

interface Signals {
  /** No new work and no further attempt. */
  readonly quit: AbortSignal;
  /** What is under way is given up. */
  readonly giveUp: AbortSignal;
}

/**
 * The way of a runner's batches to one sender. As long as the sender keeps up, it is handed each
 * batch as it is read. One that does not is left behind: what it has not had is buffered, and sent
 * from there in order, until it has caught up.
 */
export class Lane {
  readonly name: string;
  readonly counts: LaneCounts;
  readonly #deps: LaneDeps;
  /** Rung whenever the buffer got shorter. */
  readonly #moved = new Bell();
  readonly #work = new Bell();
  #seal: Seal | undefined;
  #late: Late | null = null;
  /** Buffered batches that are being sent. */
  #sending: readonly BufferedBatch[] = [];
  /** What is chosen for sending must not be chosen for dropping, and the other way round. */
  #choice: Promise<unknown> = Promise.resolve();
  #deadLetters: number;
  #trouble: string | null = null;

  constructor(deps: LaneDeps) {
    this.#deps = deps;
    this.name = deps.named.name;
    this.counts = new LaneCounts(deps.state);
    this.#seal = deps.seal;
    this.#deadLetters = deps.state?.deadLetters ?? 0;
  }

  get sender() {
    return this.#deps.named.sender;
  }

  /** Whether it has not had all that was read before; new batches then go to its buffer. */
  get isBehind(): boolean {
    return this.#late !== null || this.#deps.buffer.batches > 0;
  }

  /** Whether it is about to have caught up. */
  get isNearlyThere(): boolean {
    return this.isBehind && this.#trouble === null && this.#deps.buffer.batches <= 1;
  }

  get bufferedBatches(): number {
    return this.#deps.buffer.batches;
  }

  /** Why its sink does not take anything now, or null. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Whether a batch of so many bytes may be left to the buffer, now or after older ones gave way. */
  canBuffer(bytes: number): boolean {
    const { limits } = this.#deps.buffer;
    if (limits === null) return false;
    return limits.whenFull === 'drop_oldest' || this.#deps.buffer.hasRoom(bytes);
  }

  attempts(parcel: Parcel): Attempts {
    const { runner, epoch } = this.#deps;
    const key = keyOf(parcel, { runner, epoch, sender: this.name });
    return new Attempts(this.sender, { records: parcel.work.records, key });
  }

  /** Sends until the sink has accepted; null when it was given up, or may not try again. */
  async send(attempts: Attempts, { quit, giveUp }: Signals): Promise<Delivered | null> {
    const { clock, random } = this.#deps;
    return untilDelivered(attempts, giveUp, {
      ...{ clock, random, quit, mayRefuse: () => this.mayRefuse },
      onError: (error) => this.failed(error),
    });
  }

  get mayRefuse(): boolean {
    return this.#deadLetters < DEAD_LETTERS_MAX;
  }

  failed(error: AppError): void {
    this.#trouble = error.message;
    this.#deps.onError(this.name, error);
  }

  /** What a commit has to say of a batch that the sink has. */
  settlement(parcel: Parcel, { refused }: Delivered) {
    const range = settledRange(parcel, refused);
    const { batch, work } = parcel;
    const address = { sender: this.name, nowMs: this.#deps.clock.now() };
    return {
      settled: [{ sender: this.name, range }],
      deadLetters: deadLettersOf(parcel, refused, address),
      count: (totals: RunnerTotals) => {
        const count = countOf(totals.senders, this.name);
        addTo(count, work.records.count - refused.length, 0, '');
      },
      /** Once it is committed. */
      done: () => {
        this.#deadLetters += refused.length;
        this.counts.settled(range, batch.lines);
        this.#trouble = null;
      },
    };
  }

  /**
   * Sends a dead letter again, once; false when it was refused again.
   * @throws AppError when the sink cannot now.
   */
  async replay({ id, record, ...letter }: KeptDeadLetter, giveUp: AbortSignal): Promise<boolean> {
    const records = new ObjectRecords([recordOf(record)]);
    const key = `${this.#deps.epoch}.letter.${id}`;
    const attempts = new Attempts(this.sender, { records, key });
    const { acceptance, refused } = await unlessGivenUp(attempts.send(giveUp, true), giveUp);
    if (refused.length > 0) return false;
    const isKept = await this.#deps.commits.make(
      {
        change: { revived: [id] },
        accepted: [acceptance],
        count: (totals) => addTo(countOf(totals.senders, letter.sender), 1, 0, ''),
      },
      giveUp,
    );
    if (isKept) {
      this.counts.revived(letter);
      this.lettersLeft(1);
    }
    return isKept;
  }

  /** So many dead letters are kept no longer. */
  lettersLeft(count: number): void {
    this.#deadLetters = Math.max(0, this.#deadLetters - count);
  }

  writeToBuffer(batch: SourceBatch, seq: number): Promise<BufferedBatch> {
    return this.#deps.buffer.write(batch, seq, this.#wasSent(batch));
  }

  /** The row is committed; `sending` goes on where the sender was asked already. */
  leftBehind(row: BufferedBatch, late: (Parcel & Pick<Late, 'sending'>) | null): void {
    this.#deps.buffer.added(row);
    if (late !== null) {
      this.#late = { ...late, row };
      this.#seal = sealOf(row.range);
    }
    this.#work.ring();
  }

  /**
   * Waits until there is room for a batch of so many bytes, making some where that is allowed, or
   * until it is not behind any more. False when `giveUp` aborted.
   */
  async room(bytes: number, giveUp: AbortSignal): Promise<boolean> {
    const { buffer } = this.#deps;
    while (this.isBehind && !giveUp.aborted) {
      if (buffer.limits !== null && buffer.hasRoom(bytes)) return true;
      const isDropping = buffer.limits?.whenFull === 'drop_oldest';
      if (isDropping && (await this.#choose(() => this.#dropOldest(bytes, giveUp)))) continue;
      await this.#moved.heard(giveUp);
    }
    return !giveUp.aborted;
  }

  /** Resolves when it has caught up, or when `signal` aborts. */
  async caughtUp(signal: AbortSignal): Promise<void> {
    while (this.isBehind && !signal.aborted) await this.#moved.heard(signal);
  }

  close(): Promise<void> {
    return this.#deps.buffer.close();
  }

  /** Sends what is buffered, whenever something is, until `quit` aborts. Never rejects. */
  async run(signals: Signals): Promise<void> {
    const { clock, random } = this.#deps;
    const { quit } = signals;
    await this.#deps.buffer.tidy();
    for (let failures = 0; !quit.aborted; ) {
      if (!this.isBehind) {
        await this.#work.heard(quit);
        continue;
      }
      try {
        // Nothing is found for a moment while what was dropped is counted.
        if (!(await this.#sendNext(signals))) await clock.sleep(RECOUNT_MS, quit);
        failures = 0;
      } catch (thrown) {
        failures += 1;
        this.failed(toAppError(thrown));
        await clock.sleep(backoffMs(BUFFER_RETRY, failures, random), quit);
      }
    }
  }

  async #sendNext(signals: Signals): Promise<boolean> {
    const late = this.#late;
    if (late !== null) {
      const delivered = await late.sending;
      this.#late = null;
      this.#sending = [late.row];
      if (delivered !== null) await this.#settle(late, delivered, signals.giveUp);
      return true;
    }

    const group = await this.#choose(async () => {
      const next = await this.#deps.buffer.next(this.#deps.limits, this.#seal);
      this.#sending = next?.rows ?? [];
      return next;
    });
    if (group === null) return false;
    if (group.batch === null) {
      await this.#giveUpOn(group.rows, signals.giveUp, 'its buffered bytes are damaged or gone');
      return true;
    }
    const parcel = { batch: group.batch, work: this.#deps.process(group.batch) };
    if (this.sender.sendsKey === true) await this.#sealIt(group.batch, signals.quit);
    const delivered = await this.send(this.attempts(parcel), signals);
    if (delivered !== null) await this.#settle(parcel, delivered, signals.giveUp);
    return true;
  }

  async #sealIt({ source, range }: SourceBatch, signal: AbortSignal): Promise<void> {
    this.#seal = sealOf({ source, ...range });
    await this.#deps.commits.seal(this.name, this.#seal, signal);
  }

  async #settle(parcel: Parcel, delivered: Delivered, giveUp: AbortSignal): Promise<void> {
    const { settled, deadLetters, count, done } = this.settlement(parcel, delivered);
    const rows = this.#sending;
    const isKept = await this.#deps.commits.make(
      {
        change: { settled, deadLetters, unbuffered: rows },
        accepted: [delivered.acceptance],
        count,
      },
      giveUp,
    );
    if (!isKept) return;
    done();
    await this.#removed(rows);
    this.#sending = [];
  }

  /** Makes room for so many bytes; false when nothing can be dropped now. */
  async #dropOldest(bytes: number, giveUp: AbortSignal): Promise<boolean> {
    const { buffer } = this.#deps;
    const busy = new Set(this.#sending.map(({ seq }) => seq));
    if (this.#late !== null) busy.add(this.#late.row.seq);
    const oldest = await buffer.oldest(DROPPED_MAX);
    let freed = 0;
    const rows = oldest.filter((row) => {
      const isEnough = buffer.bytes - freed + bytes <= (buffer.limits?.bytesMax ?? 0);
      // What was being sent when the process ended, the sink may have already.
      const mayBeThere = wasSent(row) || isSealed(row.range, this.#seal);
      if (isEnough || mayBeThere || busy.has(row.seq)) return false;
      freed += row.stored.bytes;
      return true;
    });
    if (rows.length === 0) return false;
    return this.#giveUpOn(rows, giveUp, 'the buffer is full, and newer batches come first');
  }

  async #giveUpOn(
    rows: readonly BufferedBatch[],
    giveUp: AbortSignal,
    why: string,
  ): Promise<boolean> {
    const ranges = rows.map(({ range, units }) => ({
      units,
      range: { ...range, units: { ...NO_UNITS, dropped: units } },
    }));
    const lost = rows.reduce((sum, { units }) => sum + units, 0);
    const message = `${lost} lines are dropped: ${why}`;
    const isKept = await this.#deps.commits.make(
      {
        change: {
          settled: ranges.map(({ range }) => ({ sender: this.name, range })),
          unbuffered: rows,
        },
        accepted: [],
        count: (totals) => addTo(countOf(totals.senders, this.name), 0, lost, message),
      },
      giveUp,
    );
    if (!isKept) return false;
    this.#deps.onError(this.name, new AppError('unavailable', message));
    for (const { range, units } of ranges) this.counts.settled(range, units);
    await this.#removed(rows);
    return true;
  }

  /** Whether its sink may have it since before this life began. */
  #wasSent({ source, range }: SourceBatch): boolean {
    const sealed = this.#deps.sealed.get(source);
    const isIt = sealed?.generation === range.generation && sealed.start === range.start;
    return this.sender.sendsKey === true && isIt;
  }

  #choose<T>(choice: () => Promise<T>): Promise<T> {
    const chosen = this.#choice.then(choice);
    this.#choice = chosen.catch(() => undefined);
    return chosen;
  }

  async #removed(rows: readonly BufferedBatch[]): Promise<void> {
    await this.#deps.buffer.removed(rows);
    this.#moved.ring();
  }
}
