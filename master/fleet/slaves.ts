import { type AgentStatus, agentStatus } from '../../shared/domain/agent-status.ts';
import { normalizeAgentUrl } from '../../shared/domain/agent-url.ts';
import { matches, type Selector, selectorOf } from '../../shared/domain/selector.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError } from '../../shared/kernel/errors.ts';

/** A slave as it looks at the moment it is asked for. */
export interface SlaveView {
  readonly url: string;
  readonly tag: string;
  readonly status: AgentStatus;
  /** Unix milliseconds of the last heartbeat, by the wall clock: to show, not to compare. */
  readonly lastTouchMs: number;
}

interface Slave {
  readonly url: string;
  tag: string;
  touchedWallMs: number;
  touchedMonotonicMs: number;
}

export const SLAVES_MAX = 100_000;
export const TAG_CHARS_MAX = 256;
const SPELLINGS_MAX = 100_000;

/**
 * The slaves this master knows, in memory alone: heartbeats tell it everything again after a
 * restart. The order is that of the first registration; nobody leaves except by `remove`.
 */
export class Slaves {
  readonly #clock: Clock;
  readonly #byUrl = new Map<string, Slave>();
  /** Spellings other than the normal one that agents use, so that a heartbeat parses no URL. */
  readonly #spellings = new Map<string, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes a heartbeat; says whether it was a slave's first. A known slave changes in place: this
   * is called many thousand times a second.
   *
   * @throws AppError `invalid`: the url is empty or no http(s) URL, or the tag is too long;
   * `unavailable`: there are SLAVES_MAX other slaves.
   */
  register({ url, tag }: { readonly url: string; readonly tag: string }): 'new' | 'known' {
    if (tag.length > TAG_CHARS_MAX) {
      throw new AppError('invalid', `tag is longer than ${TAG_CHARS_MAX} characters`);
    }
    let slave = this.#byUrl.get(url);
    if (slave === undefined) {
      const normal = this.#normalized(url);
      slave = this.#byUrl.get(normal);
      if (slave === undefined) {
        this.#add(normal, tag);
        return 'new';
      }
    }
    slave.tag = tag;
    slave.touchedWallMs = this.#clock.now();
    slave.touchedMonotonicMs = this.#clock.monotonicMs();
    return 'known';
  }

  /** Those that match, with the status derived now from the monotonic clock. */
  list(selector: Selector): SlaveView[] {
    const nowMs = this.#clock.monotonicMs();
    return this.#selected(selector).map((slave) => ({
      url: slave.url,
      tag: slave.tag,
      status: agentStatus(slave.touchedMonotonicMs, nowMs),
      lastTouchMs: slave.touchedWallMs,
    }));
  }

  /** Forgets those that match. One that lives comes back with its next heartbeat. */
  remove(selector: Selector): void {
    for (const { url } of this.#selected(selector)) this.#byUrl.delete(url);
  }

  /** How many slaves there are of each status. */
  counts(): Readonly<Record<AgentStatus, number>> {
    const nowMs = this.#clock.monotonicMs();
    const counts = { ok: 0, bad: 0, lost: 0 };
    for (const slave of this.#byUrl.values()) {
      counts[agentStatus(slave.touchedMonotonicMs, nowMs)] += 1;
    }
    return counts;
  }

  #add(url: string, tag: string): void {
    if (this.#byUrl.size >= SLAVES_MAX) {
      throw new AppError(
        'unavailable',
        `this master knows ${SLAVES_MAX} slaves and takes no more; remove lost ones first`,
      );
    }
    this.#byUrl.set(url, {
      url,
      tag,
      touchedWallMs: this.#clock.now(),
      touchedMonotonicMs: this.#clock.monotonicMs(),
    });
  }

  #normalized(text: string): string {
    const seen = this.#spellings.get(text);
    if (seen !== undefined) return seen;

    const url = normalizeAgentUrl(text);
    if (url === text) return url;
    // What a spelling means never changes, so forgetting them all costs only time.
    if (this.#spellings.size >= SPELLINGS_MAX) this.#spellings.clear();
    this.#spellings.set(text, url);
    return url;
  }

  #selected(asked: Selector): Slave[] {
    const selector = selectorOf(asked.tag, asked.url);
    if (selector.url !== '') {
      const slave = this.#byUrl.get(selector.url);
      return slave !== undefined && matches(slave, selector) ? [slave] : [];
    }
    return [...this.#byUrl.values()].filter((slave) => matches(slave, selector));
  }
}
