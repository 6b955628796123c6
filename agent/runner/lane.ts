import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import type {
  BufferedBatch,
  KeptDeadLetter,
  LaneState,
  Seal,
} from '../../shared/stores/checkpoint-store.ts';
import type { SenderBuffer } from '../buffer/sender-buffer.ts';
import type { BatchLimits, SealedRange, SourceBatch } from '../plugins/plugin.ts';
import { UNPARSED_MAX } from '../records/failed-lines.ts';
import type { RefusedSome } from '../sink/acceptance.ts';
import { Attempts, type Delivered } from './attempt.ts';
import type { Commits } from './commits.ts';
import { addTo, countOf } from './counters.ts';
import { untilDelivered } from './delivery.ts';
import { Drain, type UnderWay } from './drain.ts';
import { LaneCounts } from './lane-counts.ts';
import { lineLettersOf } from './line-letters.ts';
import type { Outlet, Settled, Signals } from './outlet.ts';
import { deadLettersOf, keyOf, type Parcel, settledRange } from './parcel.ts';
import type { NamedSender } from './pipeline.ts';
import type { Work } from './process.ts';
import { replayLetter } from './replay.ts';
import { partOfWork } from './routed-work.ts';

/** Dead letters of one sender; when there are more, the sink is waited for instead. */
const DEAD_LETTERS_MAX = UNPARSED_MAX;

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
  /** So many records are lost, and are counted already. */
  readonly onLost: (sender: string, reason: string, records: number) => void;
}

/**
 * The way of a runner's batches to one sender. As long as the sender keeps up, it is handed each
 * batch as it is read. One that does not is left behind: what it has not had is buffered, and sent
 * from there in order, until it has caught up.
 */
export class Lane implements Outlet {
  readonly name: string;
  readonly counts: LaneCounts;
  readonly #deps: LaneDeps;
  readonly #drain: Drain;
  /** Where not all records are for this sender, by the work that they are of. */
  readonly #own = new WeakMap<Work, Work>();
  #deadLetters: number;
  #trouble: string | null = null;

  constructor(deps: LaneDeps) {
    this.#deps = deps;
    this.name = deps.named.name;
    this.counts = new LaneCounts(deps.state);
    this.#deadLetters = deps.state?.deadLetters ?? 0;
    this.#drain = new Drain({ ...deps, outlet: this });
  }

  get sender() {
    return this.#deps.named.sender;
  }

  /** Whether it has not had all that was read before; new batches then go to its buffer. */
  get isBehind(): boolean {
    return !this.#drain.isDone;
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
    return new Attempts(this.sender, {
      ...{ records: this.#ownOf(parcel).work.records, key: this.#keyOf(parcel) },
      admit: () => this.#requireRoom(parcel.work),
    });
  }

  #keyOf(parcel: Parcel): string {
    const { runner, epoch, named } = this.#deps;
    // By other rules it would be other records that the sink knows by this key.
    const rules = named.route?.rules ?? '';
    return keyOf(parcel, { runner, epoch, sender: this.name + rules });
  }

  /** Lines that do not parse are not given up, so they are waited with when there are too many. */
  #requireRoom({ unparsed: { length: lines } }: Work): void {
    if (lines === 0 || this.#deadLetters + lines <= DEAD_LETTERS_MAX) return;
    throw new AppError(
      'conflict',
      `${lines > DEAD_LETTERS_MAX ? `more than ${DEAD_LETTERS_MAX}` : lines} lines of a batch do ` +
        `not parse, and ${this.#deadLetters} of ${DEAD_LETTERS_MAX} ` +
        'dead letters are there: replay or drop some, mend the parser, or change its errdata_to',
    );
  }

  /** What of a parcel is for this sender. */
  #ownOf(parcel: Parcel): Parcel {
    const { route } = this.#deps.named;
    if (route === null) return parcel;
    const { batch, work } = parcel;
    const own = this.#own.get(work) ?? partOfWork(work, route.placesOf(work.records));
    this.#own.set(work, own);
    return { batch, work: own };
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
  settlement(whole: Parcel, delivered: Delivered): Settled {
    const parcel = this.#ownOf(whole);
    const range = settledRange(parcel, delivered);
    const { batch, work } = parcel;
    const { refused } = delivered;
    const others = work.records.count - refused.length;
    const lost = lostOf(delivered, others);
    const nowMs = this.#deps.clock.now();
    const address = { sender: this.name, nowMs, name: this.#keyOf(whole) };
    return {
      settled: [{ sender: this.name, range }],
      deadLetters: [...deadLettersOf(parcel, refused, address), ...lineLettersOf(parcel, address)],
      count: (totals) => {
        const count = countOf(totals.senders, this.name);
        addTo(count, others - lost.count, lost.count, lost.reason);
      },
      done: () => {
        this.#deadLetters += refused.length + work.unparsed.length;
        this.counts.settled(range, batch.lines);
        this.#trouble = null;
        if (lost.count > 0) this.#deps.onLost(this.name, lost.reason, lost.count);
      },
    };
  }

  /**
   * Sends a dead letter again, once; a line that did not parse is parsed again before. False when it
   * does not parse still, or was refused again.
   *
   * @throws AppError when the sink cannot now.
   */
  async replay(letter: KeptDeadLetter, giveUp: AbortSignal): Promise<boolean> {
    const { epoch, clock, commits, process } = this.#deps;
    const { as, refused } = await replayLetter(
      letter,
      {
        ...{ name: this.name, sender: this.sender, epoch, clock, commits, process },
        ownOf: (parcel) => this.#ownOf(parcel),
      },
      giveUp,
    );
    if (as === null) return false;
    this.counts.revived(letter, as);
    this.lettersLeft(1 - refused);
    return true;
  }

  /** So many dead letters are kept no longer. */
  lettersLeft(count: number): void {
    this.#deadLetters = Math.max(0, this.#deadLetters - count);
  }

  writeToBuffer(batch: SourceBatch, seq: number): Promise<BufferedBatch> {
    return this.#deps.buffer.write(batch, seq, this.#wasSent(batch));
  }

  /** The row is committed; `underWay` where the sender was asked already. */
  leftBehind(row: BufferedBatch, underWay: UnderWay | null): void {
    this.#drain.add(row, underWay);
  }

  /**
   * Waits until there is room for a batch of so many bytes, making some where that is allowed, or
   * until it is not behind any more. False when `giveUp` aborted.
   */
  room(bytes: number, giveUp: AbortSignal): Promise<boolean> {
    return this.#drain.room(bytes, giveUp);
  }

  /** Resolves when it has caught up, or when `signal` aborts. */
  caughtUp(signal: AbortSignal): Promise<void> {
    return this.#drain.done(signal);
  }

  /** Sends what is buffered, whenever something is, until `quit` aborts. Never rejects. */
  run(signals: Signals): Promise<void> {
    return this.#drain.run(signals);
  }

  /** Waits, once `run` has ended, for what is on its way all the same. Never rejects. */
  finish(giveUp: AbortSignal): Promise<void> {
    return this.#drain.finish(giveUp);
  }

  close(): Promise<void> {
    return this.#deps.buffer.close();
  }

  /** Whether its sink may have it since before this life began. */
  #wasSent({ source, range }: SourceBatch): boolean {
    const sealed = this.#deps.sealed.get(source);
    const isIt = sealed?.generation === range.generation && sealed.start === range.start;
    return this.sender.sendsKey === true && isIt;
  }
}

/** Of `others` records that are no dead letters. */
function lostOf({ acceptance }: Delivered, others: number): RefusedSome {
  const { count, reason } = acceptance.refusedSome ?? { count: 0, reason: '' };
  const why = reason === '' ? '' : `: ${reason}`;
  return {
    count: Math.min(count, others),
    reason: `the sink refused records of a batch without saying which, so that they are lost${why}`,
  };
}
