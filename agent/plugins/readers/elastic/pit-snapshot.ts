import { parseJson } from '../../../../shared/api/json-numbers.ts';
import { AppError, toAppError } from '../../../../shared/kernel/errors.ts';
import { answerOf, type Hit } from './answer.ts';
import { type ElasticServer, isTooLong, isUnknown } from './elastic-server.ts';
import type { Search } from './search.ts';
import type { Paging, Snapshot } from './snapshot.ts';

const PATH = '/_search?allow_partial_search_results=false';

interface PointInTime {
  readonly id: string;
  /** What the last hit was sorted by that is not wanted again; null: from the first one on. */
  readonly after: string | null;
}

/**
 * A point in time. Its order is total, by a number that each document has as long as it is open, so
 * that any page can be asked for again, also by the next process.
 */
export class PitSnapshot implements Snapshot {
  readonly #server: ElasticServer;
  readonly #search: Search;
  readonly #keepAlive: string;
  #pageHits: number;
  #id: string;
  #after: string | null;
  #isAtEnd = false;

  constructor(server: ElasticServer, search: Search, paging: Paging & PointInTime) {
    this.#server = server;
    this.#search = search;
    this.#keepAlive = paging.keepAlive;
    this.#pageHits = paging.pageHits;
    this.#id = paging.id;
    this.#after = paging.after;
  }

  get id(): string {
    return this.#id;
  }

  async next(): Promise<readonly Hit[]> {
    if (this.#isAtEnd) return [];
    const { hits, pitId } = answerOf(this.#server.where, await this.#page());
    this.#id = pitId ?? this.#id;
    this.#after = hits.at(-1)?.sort ?? this.#after;
    this.#isAtEnd = hits.length < this.#pageHits;
    return hits;
  }

  close(): Promise<void> {
    return this.#server.tell('/_pit', { id: this.#id });
  }

  /** An answer that is too long is asked for in smaller pages. */
  async #page(): Promise<string> {
    for (;;) {
      try {
        return await this.#server.ask({ path: PATH, body: this.#body });
      } catch (thrown) {
        const error = toAppError(thrown);
        if (isUnknown(error)) {
          throw new AppError('not_found', 'the point in time has ended', { cause: error });
        }
        if (!isTooLong(error.details) || this.#pageHits === 1) throw error;
        this.#pageHits = Math.ceil(this.#pageHits / 2);
      }
    }
  }

  get #body(): object {
    const { query, sort } = this.#search;
    return {
      size: this.#pageHits,
      track_total_hits: false,
      pit: { id: this.#id, keep_alive: this.#keepAlive },
      query,
      // The server adds this one to an order by something else.
      sort: sort.length === 0 ? [{ _shard_doc: 'asc' }] : sort,
      ...(this.#after !== null && { search_after: parseJson(this.#after) }),
    };
  }
}
