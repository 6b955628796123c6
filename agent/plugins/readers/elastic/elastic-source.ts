import type { HttpAccess } from '../../../outbound/http-access.ts';
import type { Target } from '../../../outbound/http-target.ts';

export const ELASTIC_VERSIONS = ['auto', '9.x', '8.x', '7.x', '6.x', '5.x', '3.x'] as const;
export type ElasticVersion = (typeof ELASTIC_VERSIONS)[number];

export const KEY_TYPES = ['long', 'date'] as const;

/** A field whose values rise with every document. */
export interface RisingField {
  readonly name: string;
  readonly type: (typeof KEY_TYPES)[number];
  /** The value that the first run begins at, as a search gives it back; null: at the lowest. */
  readonly startAt: string | null;
}

/** What the reader is told to do. */
export interface ElasticSource {
  /** The same for the same documents: positions are kept by it. */
  readonly id: string;
  readonly origin: string;
  readonly hosts: readonly Target[];
  readonly access: HttpAccess;
  readonly timeoutMs: number;
  readonly version: ElasticVersion;
  /** The type of the documents, of servers before version 7; empty: any. */
  readonly type: string;
  /** The names of the indices are made of the time: some may not be there. */
  readonly isShifted: boolean;
  /** Those that are read, from one time to another. */
  readonly indices: (fromMs: number, toMs: number) => readonly string[];
  /** Null: all documents are read, whatever was read before. */
  readonly key: RisingField | null;
  readonly pageHits: number;
  readonly keepAlive: string;
  /** So long after it was given its value a document may not be found yet. */
  readonly settleMs: number;
  readonly pollMs: number;
  /** Times or a duration; empty: none. */
  readonly cron: string;
  readonly isRunAtStart: boolean;
}
