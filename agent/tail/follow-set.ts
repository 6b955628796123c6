import type { Logger } from 'pino';
import type { Clock } from '../../shared/kernel/clock.ts';
import { SpareBuffers } from '../../shared/kernel/spare-buffers.ts';
import { addCounts, type FrameCounts, type Framing, NO_COUNTS } from '../framing/framing.ts';
import type { BatchLimits, Lag, Reader, ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import type { Follower } from './follower.ts';
import { type FoundFile, reasonOf } from './found-file.ts';
import { isLosing } from './losing.ts';
import { isArchive } from './open-content.ts';
import { OpenFiles } from './open-files.ts';
import { POLL_MS, pollPace } from './poll-pace.ts';
import type { ReadFrom } from './read-from.ts';
import { ReadRate } from './read-rate.ts';
import { Roster } from './roster.ts';
import { msUntilOpen, type RunTime } from './run-time.ts';
import { Troubles } from './troubles.ts';

/** What a look at the wanted paths has found. */
export interface Discovered {
  readonly files: readonly FoundFile[];
  /** Why nothing, or not all, can be read; null when there is no trouble. */
  readonly trouble: string | null;
}

export interface FollowOptions {
  /** What the files are known by together: shown as `logpath`. */
  readonly origin: string;
  /**
   * Finds the files wanted now, in the order in which they should be read.
   * @throws the system's error when it cannot tell; everything stays as it is then.
   */
  readonly discover: () => Promise<Discovered>;
  /** Whether a file that was known by this path is still one to read. */
  readonly wants: (path: string) => boolean;
  /** `in-order`: one file is read to its end before the next; `fair`: all take turns. */
  readonly turns: 'in-order' | 'fair';
  readonly readFrom: ReadFrom;
  readonly statIntervalMs: number;
  readonly openFilesMax: number;
  /** 0 means no limit. */
  readonly readMibPerSecond: number;
  /** The part of the day in which lines are read; null: all of it. */
  readonly runTime: RunTime | null;
  /** A new file that was not written to for longer is not begun; 0 means any age. */
  readonly expireMs: number;
  readonly framing: Framing;
  /** A file that had no news for so long does not continue its last line. */
  readonly flushMs: number;
  readonly skipsFirstLine: boolean;
}

interface FollowDeps {
  readonly clock: Clock;
  readonly log: Logger;
}

/** The part of the work that is in trouble when the wanted paths cannot be looked at. */
const DISCOVERY = 'discovery';
/** Looking for files may take this part of the time ... */
const DISCOVERY_SHARE = 1 / 50;
/** ... and far less where there are many: a look at one takes some microseconds. */
const PAUSE_MS_PER_FILE = 2;
/** But it is not put off for longer than this. */
const PAUSE_MS_MAX = 5_000;
/** Out of its hours a reader looks at the clock this often: it may have been set. */
const CLOSED_LOOK_MS = 30_000;
/** While a rotated file waits for its successor, the wanted paths are looked at this often. */
const SUCCESSOR_INTERVAL_MS = 1000;

/** Follows all files that a discovery finds, and hands out their lines batch by batch. */
export class FollowSet implements Reader {
  readonly origin: string;
  readonly batches: AsyncIterable<SourceBatch>;
  readonly #options: FollowOptions;
  readonly #opening: ReaderOpening;
  readonly #deps: FollowDeps;
  readonly #roster: Roster;
  readonly #troubles = new Troubles();
  readonly #buffers = new SpareBuffers();
  readonly #openFiles: OpenFiles;
  readonly #rate: ReadRate;
  readonly #warnedOfCuts = new WeakSet<Follower>();
  #counts = NO_COUNTS;
  #nextDiscoveryMs = Number.NEGATIVE_INFINITY;

  constructor(options: FollowOptions, opening: ReaderOpening, deps: FollowDeps) {
    this.origin = options.origin;
    this.#options = options;
    this.#opening = opening;
    this.#deps = deps;
    this.#openFiles = new OpenFiles(options.openFilesMax);
    this.#rate = new ReadRate(options.readMibPerSecond);
    const { framing, flushMs, skipsFirstLine } = options;
    const onCounts = (counts: FrameCounts) => (this.#counts = addCounts(this.#counts, counts));
    this.#roster = new Roster({
      firstFrom: opening.positions.size === 0 ? options.readFrom : 'oldest',
      isFresh: ({ stats }) =>
        options.expireMs === 0 || deps.clock.now() - Number(stats.mtimeMs) <= options.expireMs,
      sealed: opening.sealed,
      tools: {
        ...{ framing, flushMs, skipsFirstLine, buffers: this.#buffers, onCounts },
        pollMs: pollPace(options.statIntervalMs),
      },
      clock: deps.clock,
      log: deps.log,
    });
    this.batches = { [Symbol.asyncIterator]: () => this.#run() };
  }

  lag(): Lag {
    let bytes = 0;
    for (const follower of this.#roster.followers()) bytes += follower.backlog;
    return { bytes };
  }

  counts(): FrameCounts {
    return this.#counts;
  }

  trouble(): string | null {
    return this.#troubles.summary;
  }

  gone(): readonly string[] {
    return this.#roster.takeGone();
  }

  isLosing(): Promise<boolean> {
    return isLosing([...this.#roster.followers()]);
  }

  isResting(): boolean {
    return this.#closedMs() > 0;
  }

  /** How long no lines are read; 0: they are. */
  #closedMs(): number {
    const { runTime } = this.#options;
    return runTime === null ? 0 : msUntilOpen(runTime, this.#deps.clock.now());
  }

  async *#run(): AsyncGenerator<SourceBatch, undefined> {
    const { clock } = this.#deps;
    const { signal } = this.#opening;
    try {
      this.#resume();
      while (!signal.aborted) {
        const nowMs = clock.monotonicMs();
        if (nowMs >= this.#nextDiscoveryMs) await this.#discover();
        const closedMs = this.#closedMs();
        const batch = closedMs > 0 ? null : await this.#turn(nowMs);
        if (batch === null) {
          await (closedMs > 0 ? this.#waitClosed(closedMs) : this.#rest());
          continue;
        }
        this.#rate.spend(batch.range.end - batch.range.start, nowMs);
        yield batch;
        const waitMs = this.#rate.readyMs - clock.monotonicMs();
        if (waitMs > 0) await clock.sleep(Math.ceil(waitMs), signal);
      }
    } finally {
      // One that cannot be closed is no reason to leave the others open.
      await Promise.allSettled(Array.from(this.#roster.followers(), (each) => each.close()));
    }
  }

  #resume(): void {
    for (const [source, position] of this.#opening.positions) {
      if (this.#roster.resume(source, position, this.#options.wants)) continue;
      this.#deps.log.warn({ source, position }, 'a position is unreadable, its file begins anew');
    }
  }

  async #discover(): Promise<void> {
    const { clock } = this.#deps;
    const startMs = clock.monotonicMs();
    let filesSeen = 0;
    try {
      const { files, trouble } = await this.#options.discover();
      filesSeen = files.length;
      await this.#roster.sync(files.filter(({ path }) => !isArchive(path)));
      this.#troubles.set(DISCOVERY, trouble);
    } catch (thrown) {
      this.#troubles.set(DISCOVERY, `cannot read ${this.origin}: ${reasonOf(thrown)}`);
    }
    await this.#letGo();
    this.#troubles.keep((part) => part === DISCOVERY || this.#roster.hasKey(part));
    const endMs = clock.monotonicMs();
    const pauseMs = Math.max((endMs - startMs) / DISCOVERY_SHARE, filesSeen * PAUSE_MS_PER_FILE);
    this.#nextDiscoveryMs =
      endMs + Math.max(this.#discoveryIntervalMs(), Math.min(pauseMs, PAUSE_MS_MAX));
  }

  #discoveryIntervalMs(): number {
    const intervalMs = Math.max(this.#options.statIntervalMs, POLL_MS);
    for (const { standing, isOpen } of this.#roster.followers()) {
      if (standing === 'displaced' || (standing === 'rotated' && isOpen))
        return Math.min(intervalMs, SUCCESSOR_INTERVAL_MS);
    }
    return intervalMs;
  }

  async #letGo(): Promise<void> {
    const isCrowded = this.#openFiles.isCrowded;
    for (const follower of [...this.#roster.followers()]) {
      if (follower.isOpen && follower.isFinished(isCrowded)) await this.#roster.letGo(follower);
    }
  }

  async #turn(nowMs: number): Promise<SourceBatch | null> {
    const { limits, signal } = this.#opening;
    const isHurried = this.#options.turns === 'in-order' && this.#hasSeveralUnread();
    // A file that others wait for does not wait for more lines itself.
    const turnLimits = isHurried ? { ...limits, lingerMs: 0 } : limits;

    for (const follower of this.#roster.followers()) {
      if (signal.aborted) return null;
      const isWanted = isHurried && this.#isReadable(follower);
      if (!isWanted && follower.dueMs > nowMs) continue;
      const batch = await this.#serve(follower, turnLimits, nowMs);
      if (batch !== null) return batch;
    }
    return null;
  }

  #hasSeveralUnread(): boolean {
    let count = 0;
    for (const follower of this.#roster.followers()) {
      if (this.#isReadable(follower)) count += 1;
      if (count > 1) return true;
    }
    return false;
  }

  #isReadable(follower: Follower): boolean {
    return follower.hasUnread && !this.#troubles.has(follower.key);
  }

  /** Whether the file that had its path before is read as far as it goes. */
  #isNext(follower: Follower): boolean {
    const before = follower.after;
    if (before === null) return true;
    // Where a displaced file went is found out by the next discovery, at the latest.
    const isKnown = before.standing === 'displaced' || Number.isFinite(before.dueMs);
    const isServed = isKnown && !this.#troubles.has(before.key);
    if (isServed && this.#roster.has(before) && !before.isDrained) return false;
    follower.after = null;
    return true;
  }

  async #serve(
    follower: Follower,
    limits: BatchLimits,
    nowMs: number,
  ): Promise<SourceBatch | null> {
    if (!this.#isNext(follower)) return null;
    try {
      if (!follower.isOpen) await this.#openFiles.open(follower);
      const batch = await follower.take(limits, nowMs);
      const { trouble } = follower;
      this.#troubles.set(
        follower.key,
        trouble && `cannot read all of ${follower.path}: ${trouble}`,
      );
      if (follower.standing === 'displaced') this.#nextDiscoveryMs = nowMs;
      this.#warnOfCuts(follower);
      // Even in order: one that is written to all the time must not keep the others from a turn.
      const isTurnOver = this.#options.turns === 'fair' || !follower.hasUnread;
      if (batch !== null && isTurnOver) this.#roster.sendToEnd(follower);
      return batch;
    } catch (thrown) {
      this.#troubles.set(follower.key, `cannot read ${follower.path}: ${reasonOf(thrown)}`);
      await follower.close();
      follower.postpone(nowMs);
      return null;
    }
  }

  #warnOfCuts(follower: Follower): void {
    if (follower.cutLines === 0 || this.#warnedOfCuts.has(follower)) return;
    this.#warnedOfCuts.add(follower);
    this.#deps.log.warn({ path: follower.path }, 'lines are too long and are cut');
  }

  /** Files are looked for all the same, so that none is lost from sight when it is rotated. */
  async #waitClosed(closedMs: number): Promise<void> {
    const { clock } = this.#deps;
    const untilDiscoveryMs = this.#nextDiscoveryMs - clock.monotonicMs();
    const waitMs = Math.min(closedMs, CLOSED_LOOK_MS, Math.max(POLL_MS, untilDiscoveryMs));
    this.#buffers.clear();
    await clock.sleep(Math.ceil(waitMs), this.#opening.signal);
  }

  async #rest(): Promise<void> {
    const { clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    let wakeMs = Math.min(this.#nextDiscoveryMs, nowMs + POLL_MS);
    for (const follower of this.#roster.followers()) {
      if (follower.dueMs < wakeMs && this.#isNext(follower)) wakeMs = follower.dueMs;
    }
    if (wakeMs <= nowMs) return;
    // Many idle readers must not keep megabytes each.
    this.#buffers.clear();
    await clock.sleep(Math.ceil(wakeMs - nowMs), this.#opening.signal);
  }
}
