import { withinTime } from './time-limit.ts';

/** Which engine a line is to be matched by. */
export type Engine = 'native' | 'linear';

/** The time that all lines together get, at least, and by how many characters they get more. */
const TOGETHER_MS = 100;
const CHARACTERS_PER_MS = 10_000;
/** What a line gets that was at work when the time was over. */
const ALONE_MS = 25;
const ALONE_MS_MAX = 400;
/** So much of it has to be work. */
const WORK_US = 10_000;
/** After so many lines that took longer, all are matched by the engine that never does. */
const SLOW_LINES_MAX = 3;

/**
 * Sees to it that no pattern keeps the thread for long: a line that takes too long is taken to the
 * engine whose time is bounded, and where that happens again, so are all others.
 */
export class PatternGuard {
  #slowLines = 0;
  readonly #onSlow: () => void;

  /** `onSlow` is told once, when the fast engine is given up. */
  constructor(onSlow: () => void) {
    this.#onSlow = onSlow;
  }

  get isLinear(): boolean {
    return this.#slowLines >= SLOW_LINES_MAX;
  }

  /**
   * Calls `visit` for each index below `count`, in order. A call may be stopped anywhere and made
   * again. `characters`: how much text there is, all in all.
   */
  each(
    { count, characters }: { readonly count: number; readonly characters: number },
    visit: (index: number, engine: Engine) => void,
  ): void {
    let at = 0;
    const visitRest = () => {
      for (; at < count; at += 1) visit(at, 'native');
    };
    const limitMs = TOGETHER_MS + Math.ceil(characters / CHARACTERS_PER_MS);
    while (at < count) {
      if (this.isLinear) {
        for (; at < count; at += 1) visit(at, 'linear');
      } else if (!withinTime(limitMs, visitRest)) {
        this.#visitStopped(at, count, visit);
        at += 1;
      }
    }
  }

  /** The time may have been over for others' work, or when all was done; alone it may be quick. */
  #visitStopped(at: number, count: number, visit: (index: number, engine: Engine) => void): void {
    if (at >= count) return;
    if (!this.#alone(() => visit(at, 'native'))) visit(at, 'linear');
  }

  /** On a busy machine time goes by without any work, which says nothing of the line: then again. */
  #alone(work: () => void): boolean {
    for (let limitMs = ALONE_MS; limitMs <= ALONE_MS_MAX; limitMs *= 2) {
      const before = process.threadCpuUsage();
      if (withinTime(limitMs, work)) return true;
      const { user, system } = process.threadCpuUsage(before);
      if (user + system < WORK_US) continue;
      this.#slowLines += 1;
      if (this.isLinear) this.#onSlow();
      return false;
    }
    return false;
  }
}
