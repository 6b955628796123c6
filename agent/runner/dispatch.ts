import type { Clock } from '../../shared/kernel/clock.ts';
import { toAppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import { doubling, retryDelayMs } from '../../shared/resilience/retry-schedule.ts';
import { type BufferedBatch, headSeal } from '../../shared/stores/checkpoint-store.ts';
import type { Reader, SourceBatch } from '../plugins/plugin.ts';
import type { Delivered } from './attempt.ts';
import type { Commits } from './commits.ts';
import { retryMs, undoAll, unlessGivenUp } from './delivery.ts';
import type { Lane } from './lane.ts';
import { type Parcel, sealOf } from './parcel.ts';
import { countRead, type Work } from './process.ts';

/** So long the others wait for a sender before it is left behind. */
const PATIENCE_MS = 1_000;
/** Between two looks whether a sender that is waited for may be left behind. */
const LOOK_MS = 1_000;
const WRITE_RETRY = doubling(500, 30_000);

interface DispatchDeps {
  readonly lanes: readonly Lane[];
  readonly reader: Pick<Reader, 'isLosing'>;
  readonly commits: Commits;
  readonly process: (batch: SourceBatch) => Work;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** No further attempt for a sender that is left behind. */
  readonly quit: AbortSignal;
  /** What is under way is given up. */
  readonly giveUp: AbortSignal;
  readonly lastSeq: number;
}

/** What has become of a batch at the senders that keep up. */
interface Outcome {
  readonly delivered: ReadonlyMap<Lane, Delivered>;
  /** Not waited for any more; with what goes on being sent, where the sender was asked already. */
  readonly left: ReadonlyMap<Lane, Promise<Delivered | null> | null>;
}

/**
 * Hands one batch after another to every lane and commits, in one step, where the source goes on,
 * what each sender has had, and what is buffered for those that could not be waited for.
 */
export class Dispatch {
  readonly #deps: DispatchDeps;
  #seq: number;

  constructor(deps: DispatchDeps) {
    this.#deps = deps;
    this.#seq = deps.lastSeq;
  }

  /** Makes of a batch what can be made of it before its turn comes. */
  prepare(batch: SourceBatch): Parcel {
    return { batch, work: this.#deps.process(batch) };
  }

  /** False: it was given up, is not committed, and is read again. */
  async settle(parcel: Parcel, forgetSources: readonly string[]): Promise<boolean> {
    const { batch, work } = parcel;
    const outcome = batch.lines === 0 ? NOBODY : await this.#deliver(parcel);
    if (outcome === null || !(await this.#commit(parcel, outcome, forgetSources))) return false;
    batch.settled?.();
    if ([...outcome.left.values()].every((sending) => sending === null)) {
      work.records.release?.();
      batch.release?.();
    }
    return true;
  }

  async #deliver(parcel: Parcel): Promise<Outcome | null> {
    const { lanes } = this.#deps;
    for (const lane of lanes) if (!(await this.#roomIn(lane, parcel.batch))) return null;
    const live = lanes.filter((lane) => !lane.isBehind);
    for (const lane of lanes) lane.counts.taken(parcel.batch);
    if (!(await this.#seal(parcel, live))) return null;
    const outcome = await this.#send(parcel, live);
    if (outcome.delivered.size + outcome.left.size === live.length) return outcome;
    await undoAll([...outcome.delivered.values()].map(({ acceptance }) => acceptance));
    return null;
  }

  /** One that has nearly caught up is waited for: through its buffer it would be slower. */
  async #roomIn(lane: Lane, { bytes }: SourceBatch): Promise<boolean> {
    const { clock, giveUp } = this.#deps;
    if (!(await lane.room(bytes.length, giveUp))) return false;
    if (lane.isNearlyThere) {
      const over = new AbortController();
      const expiry = clock.sleep(PATIENCE_MS, over.signal).then(() => over.abort());
      await lane.caughtUp(AbortSignal.any([over.signal, giveUp]));
      over.abort();
      await expiry;
    }
    return !giveUp.aborted;
  }

  /** A sink that takes a key must get the very same batch after a crash. */
  async #seal({ batch, work }: Parcel, live: readonly Lane[]): Promise<boolean> {
    if (work.records.count === 0 || !live.some(({ sender }) => sender.sendsKey === true)) {
      return true;
    }
    const { commits, giveUp } = this.#deps;
    const { source, range } = batch;
    return commits.seal(headSeal(source), sealOf({ source, ...range }), giveUp);
  }

  /**
   * The remote senders first, side by side; then those that hold files, so that no file is held
   * while some sink is away and two runners cannot wait for each other's. A sender that is in
   * neither list of the outcome was given up.
   */
  async #send(parcel: Parcel, live: readonly Lane[]): Promise<Outcome> {
    const local = live.filter(({ sender }) => sender.holdsFiles === true);
    const remote = live.filter(({ sender }) => sender.holdsFiles !== true);
    const delivered = new Map<Lane, Delivered>();
    const left = new Map<Lane, Promise<Delivered | null>>();
    const others = () => local.length > 0 || delivered.size > 0;

    await Promise.all(
      remote.map(async (lane) => {
        const { sending, outcome } = await this.#sendRemote(lane, parcel, others);
        if (outcome === 'late') left.set(lane, sending);
        else if (outcome !== null) delivered.set(lane, outcome);
      }),
    );
    if (delivered.size + left.size < remote.length) return { delivered, left };
    const files = await this.#sendLocal(parcel, local, delivered.size > 0);
    if (files === null) return { delivered, left };
    return {
      delivered: new Map([...delivered, ...files.delivered]),
      left: new Map([...left, ...files.left]),
    };
  }

  async #sendRemote(lane: Lane, parcel: Parcel, others: () => boolean) {
    const { quit, giveUp, lanes, reader } = this.#deps;
    const halt = new AbortController();
    const signals = { quit: AbortSignal.any([giveUp, halt.signal]), giveUp };
    const sending = lane.send(lane.attempts(parcel), signals);
    const isAlone = lanes.length === 1 && reader.isLosing === undefined;
    if (isAlone) return { sending, outcome: await sending };

    const over = new AbortController();
    const late = this.#mayLeave(lane, parcel.batch, others, over.signal);
    const outcome = await Promise.race([sending, late]);
    over.abort();
    if (outcome === 'late') haltWith(halt, quit, sending);
    return { sending, outcome };
  }

  /** Resolves when the lane need not be waited for, which may be never. */
  async #mayLeave(
    lane: Lane,
    { bytes }: SourceBatch,
    others: () => boolean,
    over: AbortSignal,
  ): Promise<'late'> {
    const { clock, reader } = this.#deps;
    for (let waitMs = PATIENCE_MS; ; waitMs = LOOK_MS) {
      await clock.sleep(waitMs, over);
      if (over.aborted) return 'late';
      if (!lane.canBuffer(bytes.length)) continue;
      if (others() || (await isLosing(reader))) return 'late';
    }
  }

  /** All of them or none; one that fails is left behind where that is possible. */
  async #sendLocal(
    { batch, work }: Parcel,
    lanes: readonly Lane[],
    hasOthers: boolean,
  ): Promise<Outcome | null> {
    const { clock, random, giveUp, reader } = this.#deps;
    const left = new Map<Lane, null>();
    const hasGivenUp = (): boolean => giveUp.aborted;
    for (let failures = 1; !hasGivenUp(); failures += 1) {
      const asked = lanes.filter((lane) => !left.has(lane));
      const { delivered, failed } = await this.#sendToAll({ batch, work }, asked);
      if (failed === null) return { delivered, left };

      await undoAll([...delivered.values()].map(({ acceptance }) => acceptance));
      if (hasGivenUp()) return null;
      const { lane, error } = failed;
      lane.failed(error);
      const mayLeave =
        lane.canBuffer(batch.bytes.length) &&
        (hasOthers || asked.length > 1 || (await isLosing(reader)));
      if (mayLeave) left.set(lane, null);
      else await clock.sleep(retryMs(error, failures, random), giveUp);
    }
    return null;
  }

  /** One after another, as long as they accept. */
  async #sendToAll(parcel: Parcel, lanes: readonly Lane[]) {
    const { giveUp } = this.#deps;
    const delivered = new Map<Lane, Delivered>();
    for (const lane of lanes) {
      try {
        const sending = lane.attempts(parcel).send(giveUp, lane.mayRefuse);
        delivered.set(lane, await unlessGivenUp(sending, giveUp));
      } catch (thrown) {
        return { delivered, failed: { lane, error: toAppError(thrown) } };
      }
    }
    return { delivered, failed: null };
  }

  async #commit(
    parcel: Parcel,
    { delivered, left }: Outcome,
    forgetSources: readonly string[],
  ): Promise<boolean> {
    const { lanes, commits, giveUp } = this.#deps;
    const { batch, work } = parcel;
    const accepted = [...delivered.values()].map(({ acceptance }) => acceptance);
    const rows = await this.#bufferRest(parcel, delivered);
    if (rows === null) {
      await undoAll(accepted);
      return false;
    }
    const settlements = [...delivered].map(([lane, what]) => lane.settlement(parcel, what));
    const { start, end } = batch.range;
    const isKept = await commits.make(
      {
        change: {
          source: { id: batch.source, position: batch.position },
          forgetSources,
          read: { senders: lanes.map(({ name }) => name), units: batch.lines, bytes: end - start },
          settled: settlements.flatMap(({ settled }) => settled),
          deadLetters: settlements.flatMap(({ deadLetters }) => deadLetters),
          buffered: [...rows.values()],
          sealed: sealsOf(rows, left),
        },
        accepted,
        count: (totals) => {
          countRead(totals, batch, work);
          for (const { count } of settlements) count(totals);
        },
      },
      giveUp,
    );
    if (!isKept) return false;
    for (const { done } of settlements) done();
    for (const [lane, row] of rows) {
      const sending = left.get(lane) ?? null;
      lane.leftBehind(row, sending === null ? null : { ...parcel, sending });
    }
    return true;
  }

  /** Writes the batch to the buffer of each lane that has not had it; null when given up. */
  async #bufferRest(
    { batch }: Parcel,
    delivered: Outcome['delivered'],
  ): Promise<ReadonlyMap<Lane, BufferedBatch> | null> {
    const rows = new Map<Lane, BufferedBatch>();
    if (batch.lines === 0) return rows;
    this.#seq += 1;
    for (const lane of this.#deps.lanes) {
      if (delivered.has(lane)) continue;
      const row = await this.#write(lane, batch);
      if (row === null) return null;
      rows.set(lane, row);
    }
    return rows;
  }

  async #write(lane: Lane, batch: SourceBatch): Promise<BufferedBatch | null> {
    const { clock, random, giveUp } = this.#deps;
    for (let failures = 1; !giveUp.aborted; failures += 1) {
      try {
        return await lane.writeToBuffer(batch, this.#seq);
      } catch (thrown) {
        lane.failed(toAppError(thrown));
        await clock.sleep(retryDelayMs(WRITE_RETRY, failures, random), giveUp);
      }
    }
    return null;
  }
}

/** Where it cannot be told, nothing is known to be lost. */
async function isLosing(reader: Pick<Reader, 'isLosing'>): Promise<boolean> {
  return (await reader.isLosing?.().catch(() => false)) ?? false;
}

/** What is kept in a buffer need not be tried again before the runner stops. */
function haltWith(halt: AbortController, quit: AbortSignal, sending: Promise<unknown>): void {
  const stop = () => halt.abort();
  if (quit.aborted) stop();
  quit.addEventListener('abort', stop, { once: true });
  void sending.finally(() => quit.removeEventListener('abort', stop)).catch(() => undefined);
}

const NOBODY: Outcome = { delivered: new Map(), left: new Map() };

/** What is being sent already must come out of the buffer as it was sent. */
function sealsOf(rows: ReadonlyMap<Lane, BufferedBatch>, left: Outcome['left']) {
  return [...rows].flatMap(([lane, { range }]) => {
    const isBeingSent = (left.get(lane) ?? null) !== null && lane.sender.sendsKey === true;
    if (!isBeingSent) return [];
    return [{ sender: lane.name, seal: sealOf(range) }];
  });
}
