import { NO_UNITS } from '../../shared/domain/ledger.ts';
import { Bell } from '../../shared/kernel/bell.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, toAppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import { doubling, retryDelayMs } from '../../shared/resilience/retry-schedule.ts';
import type { BufferedBatch, Seal } from '../../shared/stores/checkpoint-store.ts';
import { isSealed, wasSent } from '../buffer/buffered-group.ts';
import type { SenderBuffer } from '../buffer/sender-buffer.ts';
import type { BatchLimits, SourceBatch } from '../plugins/plugin.ts';
import type { Delivered } from './attempt.ts';
import type { Commits } from './commits.ts';
import { addTo, countOf } from './counters.ts';
import type { Outlet, Signals } from './outlet.ts';
import { type Parcel, sealOf } from './parcel.ts';
import type { Work } from './process.ts';

const BUFFER_RETRY = doubling(500, 30_000);
const RECOUNT_MS = 50;
/** Dropped at once at most, for newer batches. */
const DROPPED_MAX = 64;

/** A batch that is still on its way to a sender which is not waited for any more. */
export interface UnderWay extends Parcel {
  readonly sending: Promise<Delivered | null>;
}

/** One that is in the buffer by now. */
interface Late extends UnderWay {
  readonly row: BufferedBatch;
}

interface DrainDeps {
  readonly outlet: Outlet;
  readonly buffer: SenderBuffer;
  /** What was being sent out of the buffer when the process ended. */
  readonly seal: Seal | undefined;
  readonly limits: BatchLimits;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly commits: Commits;
  readonly process: (batch: SourceBatch) => Work;
  readonly onError: (sender: string, error: AppError) => void;
}

/**
 * Empties the buffer of one sender, oldest first: sends what is in it, drops what must give way to
 * newer batches, and gives up on what is damaged. Each leaves the buffer with its own commit.
 */
export class Drain {
  readonly #deps: DrainDeps;
  /** Rung whenever the buffer got shorter, and how often it was. */
  readonly #moved = new Bell();
  #moves = 0;
  readonly #work = new Bell();
  #seal: Seal | undefined;
  #late: Late | null = null;
  /** Buffered batches that are being sent. */
  #sending: readonly BufferedBatch[] = [];
  /** What is chosen for sending must not be chosen for dropping, and the other way round. */
  #choice: Promise<unknown> = Promise.resolve();

  constructor(deps: DrainDeps) {
    this.#deps = deps;
    this.#seal = deps.seal;
  }

  /** Nothing is buffered, and nothing that was left behind is still on its way. */
  get isDone(): boolean {
    return this.#late === null && this.#deps.buffer.batches === 0;
  }

  /** The row is committed; `underWay` where the sender was asked already. */
  add(row: BufferedBatch, underWay: UnderWay | null): void {
    this.#deps.buffer.added(row);
    if (underWay !== null) {
      this.#late = { ...underWay, row };
      this.#seal = sealOf(row.range);
    }
    this.#work.ring();
  }

  /**
   * Waits until there is room for a batch of so many bytes, making some where that is allowed, or
   * until all is done. False when `giveUp` aborted.
   */
  async room(bytes: number, giveUp: AbortSignal): Promise<boolean> {
    const { buffer } = this.#deps;
    while (!this.isDone && !giveUp.aborted) {
      if (buffer.limits !== null && buffer.hasRoom(bytes)) return true;
      const movesBefore = this.#moves;
      const isDropping = buffer.limits?.whenFull === 'drop_oldest';
      if (isDropping && (await this.#choose(() => this.#dropOldest(bytes, giveUp)))) continue;
      // What was rung while something to drop was looked for is not rung again.
      if (this.#moves === movesBefore) await this.#moved.heard(giveUp);
    }
    return !giveUp.aborted;
  }

  /** Resolves when all is done, or when `signal` aborts. */
  async done(signal: AbortSignal): Promise<void> {
    while (!this.isDone && !signal.aborted) await this.#moved.heard(signal);
  }

  /** Sends what is buffered, whenever something is, until `quit` aborts. Never rejects. */
  async run(signals: Signals): Promise<void> {
    const { buffer, clock, random, outlet } = this.#deps;
    const { quit } = signals;
    await buffer.tidy();
    for (let failures = 0; !quit.aborted; ) {
      if (this.isDone) {
        await this.#work.heard(quit);
        continue;
      }
      try {
        // Nothing is found for a moment while what was dropped is counted.
        if (!(await this.#sendNext(signals))) await clock.sleep(RECOUNT_MS, quit);
        failures = 0;
      } catch (thrown) {
        failures += 1;
        outlet.failed(toAppError(thrown));
        await clock.sleep(retryDelayMs(BUFFER_RETRY, failures, random), quit);
      }
    }
  }

  /**
   * Once nothing is added any more and `run` has ended: what is on its way all the same is waited
   * for, or it would be sent again in the next life. Never rejects.
   */
  async finish(giveUp: AbortSignal): Promise<void> {
    try {
      if (this.#late !== null) await this.#settleLate(this.#late, giveUp);
    } catch (thrown) {
      this.#deps.outlet.failed(toAppError(thrown));
    }
  }

  async #sendNext(signals: Signals): Promise<boolean> {
    if (this.#late !== null) {
      await this.#settleLate(this.#late, signals.giveUp);
      return true;
    }
    const { buffer, limits, outlet } = this.#deps;
    const group = await this.#choose(async () => {
      const next = await buffer.next(limits, this.#seal);
      this.#sending = next?.rows ?? [];
      return next;
    });
    if (group === null) return false;
    if (group.batch === null) {
      await this.#giveUpOn(group.rows, signals.giveUp, 'its buffered bytes are damaged or gone');
      return true;
    }
    const parcel = { batch: group.batch, work: this.#deps.process(group.batch) };
    if (outlet.sender.sendsKey === true) await this.#sealIt(group.batch, signals.quit);
    const delivered = await outlet.send(outlet.attempts(parcel), signals);
    if (delivered !== null) await this.#settle(parcel, delivered, signals.giveUp);
    return true;
  }

  async #settleLate(late: Late, giveUp: AbortSignal): Promise<void> {
    const delivered = await late.sending;
    this.#late = null;
    this.#sending = [late.row];
    if (delivered !== null) await this.#settle(late, delivered, giveUp);
  }

  async #sealIt({ source, range }: SourceBatch, signal: AbortSignal): Promise<void> {
    const { commits, outlet } = this.#deps;
    this.#seal = sealOf({ source, ...range });
    await commits.seal(outlet.name, this.#seal, signal);
  }

  async #settle(parcel: Parcel, delivered: Delivered, giveUp: AbortSignal): Promise<void> {
    const { commits, outlet } = this.#deps;
    const { settled, deadLetters, count, done } = outlet.settlement(parcel, delivered);
    const rows = this.#sending;
    const isKept = await commits.make(
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
    const { commits, outlet, onError } = this.#deps;
    const { name: sender, counts } = outlet;
    const ranges = rows.map(({ range, units }) => ({
      units,
      range: { ...range, units: { ...NO_UNITS, dropped: units } },
    }));
    const lost = rows.reduce((sum, { units }) => sum + units, 0);
    const message = `${lost} lines are dropped: ${why}`;
    const isKept = await commits.make(
      {
        change: { settled: ranges.map(({ range }) => ({ sender, range })), unbuffered: rows },
        accepted: [],
        count: (totals) => addTo(countOf(totals.senders, sender), 0, lost, message),
      },
      giveUp,
    );
    if (!isKept) return false;
    onError(sender, new AppError('unavailable', message));
    for (const { range, units } of ranges) counts.settled(range, units);
    await this.#removed(rows);
    return true;
  }

  #choose<T>(choice: () => Promise<T>): Promise<T> {
    const chosen = this.#choice.then(choice);
    this.#choice = chosen.catch(() => undefined);
    return chosen;
  }

  async #removed(rows: readonly BufferedBatch[]): Promise<void> {
    await this.#deps.buffer.removed(rows);
    this.#moves += 1;
    this.#moved.ring();
  }
}
