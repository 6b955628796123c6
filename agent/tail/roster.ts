import type { Logger } from 'pino';
import type { Clock } from '../../shared/kernel/clock.ts';
import type { ReaderOpening } from '../plugins/plugin.ts';
import { beginningOf } from './beginning.ts';
import type { FollowTools } from './follow-tools.ts';
import { Follower } from './follower.ts';
import { type FoundFile, statOrNull } from './found-file.ts';
import { FilePosition, fileKey } from './identity.ts';
import { missedRotations } from './missed-rotations.ts';
import { findMoved, isFileOf, unreadCopy } from './moved-files.ts';
import { isPacked } from './open-content.ts';
import { isTwin, lookAtPacked } from './packed-files.ts';
import type { ReadFrom } from './read-from.ts';

interface RosterOptions {
  /** Where the files of the very first look are begun; those met later are read whole. */
  readonly firstFrom: ReadFrom;
  /** Whether a file that is met for the first time is worth following. */
  readonly isFresh: (file: FoundFile) => boolean;
  /** By source: the batch that was on its way when the process ended. */
  readonly sealed: ReaderOpening['sealed'];
  readonly tools: FollowTools;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What may have come and gone at `path` since `last` was there. */
interface Gap {
  readonly path: string;
  readonly last: Follower;
  /** By path: whose lines come before those of the next file; updated. */
  readonly predecessors: Map<string, Follower>;
  readonly foundKeys: ReadonlySet<string>;
}

/**
 * Knows which files are followed, each once, by what they are and not by what they are called: a
 * file that is renamed stays the same source, and a new file under an old name is a new source.
 */
export class Roster {
  readonly #options: RosterOptions;
  #byKey = new Map<string, Follower>();
  /** The file that was there last, by paths that lead nowhere now. */
  readonly #lastAtPath = new Map<string, Follower>();
  /** Positions of files that are not followed now, by source. */
  readonly #unwanted = new Map<string, FilePosition>();
  /** How compressed files looked when they were found to be those that were read to their end. */
  readonly #provenAs = new WeakMap<Follower, string>();
  #gone: string[] = [];
  #isFirstLook = true;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** In the order in which they were met, but for those sent to the end; moved files come first. */
  followers(): Iterable<Follower> {
    return this.#byKey.values();
  }

  has(follower: Follower): boolean {
    return this.#byKey.get(follower.key) === follower;
  }

  hasKey(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Lets all others have their turn before this one. */
  sendToEnd(follower: Follower): void {
    this.#byKey.delete(follower.key);
    this.#byKey.set(follower.key, follower);
  }

  /**
   * Goes on with a source of an earlier run; false when the position makes no sense. One whose path
   * is not wanted any more is let be: its position is there should the path be wanted again.
   */
  resume(source: string, stored: unknown, wants: (path: string) => boolean): boolean {
    const { success, data } = FilePosition.safeParse(stored);
    if (!success) return false;
    if (!wants(data.path)) {
      this.#unwanted.set(source, data);
      return true;
    }
    const known = this.#byKey.get(fileKey(data));
    if (known !== undefined) this.#drop(known);
    const sealed = this.#options.sealed.get(source);
    const start = { source, position: data, seek: null, sealed };
    this.#byKey.set(fileKey(data), new Follower(start, this.#options.tools));
    return true;
  }

  /** Takes over what a look at the wanted paths has found, and finds out about what it has not. */
  async sync(found: readonly FoundFile[]): Promise<void> {
    const keys = new Map(found.map(({ path, key }) => [path, key]));
    const foundKeys = new Set(keys.values());
    const known = [...this.#byKey.values()];
    const predecessors = predecessorsOf(known, keys);
    await this.#settleMissing(
      known.filter(({ key }) => !foundKeys.has(key)),
      found,
    );
    await this.#noteReplaced(found, predecessors);
    for (const [path, last] of this.#lastAtPath) {
      if (!keys.has(path)) continue;
      this.#lastAtPath.delete(path);
      await this.#makeUpFor({ path, last, predecessors, foundKeys });
    }

    for (const file of found) {
      const follower = this.#byKey.get(file.key);
      if (follower !== undefined && isSecondName(file, follower, keys)) continue;
      // Asked first, for there may be thousands of files, and to wait for each is dear. A compressed
      // one may have been written anew in its place.
      const isPlain = follower?.position.packed === 0;
      if (isPlain && isSurely(follower, file)) follower.seenAs(file);
      else await this.#lookCloser(file, predecessors);
    }
    await this.#forgetUnwanted();
    this.#isFirstLook = false;
  }

  async #lookCloser(file: FoundFile, predecessors: ReadonlyMap<string, Follower>): Promise<void> {
    const follower = this.#byKey.get(file.key);
    if (follower !== undefined && (await isStill(follower, file))) {
      follower.seenAs(file, await this.#isPackedAnew(follower, file));
    } else if (!(await this.#isCopyOfKnown(file))) {
      this.#meet(file, predecessors.get(file.path) ?? null);
    }
  }

  /** One that was read to its end is not unpacked again: whether it is still that one is seen here. */
  async #isPackedAnew(follower: Follower, file: FoundFile): Promise<boolean> {
    const { stats } = file;
    if (follower.isOpen || follower.position.packed !== Number(stats.size)) return false;
    const looks = `${stats.size} ${stats.mtimeNs}`;
    if (this.#provenAs.get(follower) === looks) return false;
    this.#provenAs.set(follower, looks);
    return !(await isFileOf(file, follower.position).catch(() => true));
  }

  /** What nobody follows is still forgotten with its file, or positions would only ever grow. */
  async #forgetUnwanted(): Promise<void> {
    if (this.#unwanted.size === 0) return;
    const sources = [...this.#unwanted.keys()];
    const whereabouts = await findMoved([...this.#unwanted.values()]);
    this.#gone.push(...sources.filter((_, index) => whereabouts[index] === 'gone'));
    this.#unwanted.clear();
  }

  /** A compressed file is not begun while the same lines come, or came, from plain text. */
  async #isCopyOfKnown(file: FoundFile): Promise<boolean> {
    if (!isPacked(file.path)) return false;
    const look = await lookAtPacked(file).catch(() => null);
    if (look === null || look.head.length === 0) return true;
    const nowMs = this.#options.clock.now();
    for (const { path, position, backlog } of this.#byKey.values()) {
      const plain = { position, bytes: position.offset + backlog };
      if (!isPacked(path) && isTwin(look, plain, file, nowMs)) return true;
    }
    return false;
  }

  /** A file that took over the inode of another: between the two there may have been more. */
  async #noteReplaced(
    found: readonly FoundFile[],
    predecessors: Map<string, Follower>,
  ): Promise<void> {
    for (const file of found) {
      const follower = this.#byKey.get(file.key);
      if (follower === undefined || (follower.isProven && isSurely(follower, file))) continue;
      const search = this.#search(found);
      if (await isStill(follower, file)) {
        const copy = follower.isProven ? null : await unreadCopy(file, follower.position, search);
        if (copy !== null) this.#followBefore(copy, follower, predecessors);
        continue;
      }
      this.#lastAtPath.set(follower.path, follower);
      // Its inode is free for another file because it was compressed, maybe.
      const [now] = await findMoved([follower.position], search);
      if (typeof now !== 'object' || now.key === file.key) continue;
      this.#followBefore(now, follower, predecessors);
    }
  }

  /** What is at its path now comes after it. */
  #followBefore(file: FoundFile, moved: Follower, predecessors: Map<string, Follower>): void {
    this.#follow(moved, file);
    predecessors.set(moved.position.path, moved);
  }

  /** Nobody writes to the file any more; it is known as long as it is there. */
  async letGo(follower: Follower): Promise<void> {
    const [now] = await findMoved([follower.position], this.#search([]));
    if (now === 'gone') await this.#retire(follower);
    else await follower.close();
  }

  #search(elsewhere: readonly FoundFile[]) {
    const known = new Map<string, Promise<boolean>>();
    const isTaken = (file: FoundFile): Promise<boolean> => {
      const answer = known.get(file.key) ?? this.#isTaken(file);
      known.set(file.key, answer);
      return answer;
    };
    return { elsewhere, isTaken };
  }

  /** A compressed file that was written anew in place is free for the file that it is of now. */
  async #isTaken(file: FoundFile): Promise<boolean> {
    const follower = this.#byKey.get(file.key);
    if (follower === undefined || follower.isOpen || !isPacked(file.path)) {
      return follower !== undefined;
    }
    return isFileOf(file, follower.position).catch(() => true);
  }

  async #retire(follower: Follower): Promise<void> {
    this.#drop(follower);
    await follower.close();
  }

  /** Sources that were dealt with and whose files are gone; each is told once. */
  takeGone(): readonly string[] {
    const gone = this.#gone;
    if (gone.length === 0) return gone;
    this.#gone = [];
    // A file that was given up and then met again has the id that it had.
    const followed = new Set(Array.from(this.#byKey.values(), ({ source }) => source));
    return gone.filter((source) => !followed.has(source));
  }

  #meet(file: FoundFile, predecessor: Follower | null): void {
    const reused = this.#byKey.get(file.key);
    if (reused !== undefined) this.#drop(reused);
    const from = this.#isFirstLook ? this.#options.firstFrom : 'oldest';
    // One that is not begun whole is followed at any age: met later, it would be read whole.
    if (from === 'oldest' && !this.#options.isFresh(file)) return;

    this.#enter(file, predecessor, from);
  }

  /** Follows the files that were at a path since `last` was, and are rotated away already. */
  async #makeUpFor({ path, last, predecessors, foundKeys }: Gap): Promise<void> {
    const missed = await missedRotations(path, last.position).catch(() => []);
    for (const file of missed) {
      if (foundKeys.has(file.key) || this.#byKey.has(file.key)) continue;
      const follower = this.#enter({ ...file, path }, predecessors.get(path) ?? null, 'oldest');
      follower.movedTo(file);
      predecessors.set(path, follower);
    }
  }

  #enter(file: FoundFile, predecessor: Follower | null, from: ReadFrom): Follower {
    const start = { source: null, ...beginningOf(file, from, this.#options.tools.skipsFirstLine) };
    const follower = new Follower(start, this.#options.tools);
    follower.after = predecessor;
    follower.seenAs(file);
    this.#byKey.set(file.key, follower);
    return follower;
  }

  /**
   * A follower that was not found is let go only when its path surely leads elsewhere. One that is
   * open drains its file; one that is closed must find it under its new name first.
   */
  async #settleMissing(missing: readonly Follower[], found: readonly FoundFile[]): Promise<void> {
    const lost: Follower[] = [];
    for (const follower of missing) if (await isLost(follower)) lost.push(follower);
    this.#rememberPaths(lost);
    for (const follower of lost) if (follower.isOpen) follower.rotate();
    const closed = lost.filter(({ isOpen }) => !isOpen);
    const positions = closed.map(({ position }) => position);
    const whereabouts = await findMoved(positions, this.#search(found));
    for (const [index, follower] of closed.entries()) {
      const now = whereabouts[index];
      if (!this.has(follower)) continue;
      if (now === 'gone') this.#drop(follower);
      if (typeof now === 'object') this.#follow(follower, now);
    }
  }

  /** Of several files of one path the youngest is the last that was there. */
  #rememberPaths(lost: readonly Follower[]): void {
    for (const [path, last] of this.#lastAtPath) if (!this.has(last)) this.#lastAtPath.delete(path);
    for (const last of lost.toSorted(byBirth)) {
      if (last.standing !== 'rotated') this.#lastAtPath.set(last.path, last);
    }
  }

  #follow(moved: Follower, file: FoundFile): void {
    this.#byKey.delete(moved.key);
    const overwritten = this.#byKey.get(file.key);
    if (overwritten !== undefined) this.#drop(overwritten);
    moved.movedTo(file);
    this.#byKey = new Map([[moved.key, moved], ...this.#byKey]);
  }

  #drop(follower: Follower): void {
    this.#byKey.delete(follower.key);
    if (follower.source !== null) this.#gone.push(follower.source);
    const { path, backlog } = follower;
    if (backlog > 0) this.#options.log.warn({ path, bytes: backlog }, 'file is gone, not all read');
  }
}

/** By path: the follower of the file that was there before the one that is there now. */
function predecessorsOf(
  known: readonly Follower[],
  keys: ReadonlyMap<string, string>,
): Map<string, Follower> {
  const moved = known.filter(({ position, key }) => keys.get(position.path) !== key);
  return new Map(moved.toSorted(byBirth).map((other) => [other.position.path, other]));
}

/** The youngest comes last: it is the one whose lines the next file's come after. */
function byBirth(a: Follower, b: Follower): number {
  return Number(a.bornNs - b.bornNs);
}

/** Whether a file that is followed was found under yet another name. */
function isSecondName(
  file: FoundFile,
  follower: Follower,
  keys: ReadonlyMap<string, string>,
): boolean {
  return file.path !== follower.path && keys.get(follower.path) === follower.key;
}

/** An open file keeps its inode; one that is closed may have left it to another file. */
function isSurely(known: Follower, file: FoundFile): boolean {
  if (known.isOpen) return true;
  const { bornNs } = known;
  return known.path === file.path && (bornNs <= 0n || bornNs === file.stats.birthtimeNs);
}

async function isStill(known: Follower, file: FoundFile): Promise<boolean> {
  if (isSurely(known, file)) return true;
  return isFileOf(file, known.position).catch(() => true);
}

async function isLost(follower: Follower): Promise<boolean> {
  if (follower.standing === 'rotated' && follower.isOpen) return false;
  const { path, key } = follower;
  // A path that cannot be looked at says nothing about its file.
  const stats = await statOrNull(path).catch(() => undefined);
  if (stats === undefined) return false;
  if (stats === null || fileKey(stats) !== key) return true;
  follower.stillAt({ path, key, stats });
  return false;
}
