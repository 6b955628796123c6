import type { Hit } from './answer.ts';

/** The documents of a search as they were when it was opened, a page at a time. */
export interface Snapshot {
  /** What it can be gone on with after a restart; null: it cannot. */
  readonly id: string | null;
  /**
   * The hits that come next; none: there are no more.
   *
   * @throws AppError `not_found` when the server has forgotten it.
   */
  next(): Promise<readonly Hit[]>;
  close(): Promise<void>;
}

/** How much of it is asked for at a time, and how long the server keeps it in between. */
export interface Paging {
  readonly pageHits: number;
  readonly keepAlive: string;
}
