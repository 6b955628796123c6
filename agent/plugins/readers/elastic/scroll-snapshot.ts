import { AppError, toAppError } from '../../../../shared/kernel/errors.ts';
import { answerOf, type Hit } from './answer.ts';
import { type ElasticServer, isUnknown } from './elastic-server.ts';
import type { Search } from './search.ts';
import type { Paging, Snapshot } from './snapshot.ts';

interface ScrollOptions extends Paging {
  /** Where the search is asked for. */
  readonly path: string;
}

/**
 * A scroll, of servers without points in time. The server moves on with every page and never back,
 * so a page that was lost on its way is lost, and nothing can be gone on with after a restart.
 */
export class ScrollSnapshot implements Snapshot {
  readonly id = null;
  readonly #server: ElasticServer;
  readonly #search: Search;
  readonly #options: ScrollOptions;
  #scrollId: string | null = null;

  constructor(server: ElasticServer, search: Search, options: ScrollOptions) {
    this.#server = server;
    this.#search = search;
    this.#options = options;
  }

  async next(): Promise<readonly Hit[]> {
    const { hits, scrollId } = answerOf(this.#server.where, await this.#page());
    this.#scrollId = scrollId ?? this.#scrollId;
    return hits;
  }

  async close(): Promise<void> {
    if (this.#scrollId === null) return;
    await this.#server.tell('/_search/scroll', { scroll_id: [this.#scrollId] });
  }

  async #page(): Promise<string> {
    const { keepAlive, pageHits, path } = this.#options;
    if (this.#scrollId === null) {
      const { query, sort } = this.#search;
      const order = sort.length === 0 ? ['_doc'] : sort;
      return this.#server.ask({ path, body: { size: pageHits, query, sort: order } });
    }
    const body = { scroll: keepAlive, scroll_id: this.#scrollId };
    try {
      return await this.#server.ask({ path: '/_search/scroll', body, isOnce: true });
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!isUnknown(error)) throw error;
      throw new AppError('not_found', 'the scroll has ended', { cause: error });
    }
  }
}
