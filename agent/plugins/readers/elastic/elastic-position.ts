import { z } from 'zod';
import type { ReaderOpening } from '../../plugin.ts';
import type { ElasticSource } from './elastic-source.ts';
import { ReadValue } from './read-value.ts';

/** What a reader of an index goes on from. */
export const ElasticPosition = z.object({
  /** Each run through all documents is one of its own; 0 where they are read by a rising field. */
  generation: z.int().nonnegative(),
  /** Bytes of JSON handed out so far, of this generation. */
  offset: z.int().nonnegative(),
  /** The point in time that is being read, up to which value, and behind what; null: none. */
  pit: z
    .object({ id: z.string(), after: z.string().nullable(), upTo: z.string().nullable() })
    .nullable(),
  /** How far it has come by the rising field. */
  read: ReadValue.nullable(),
  /** The run through all documents has come to its end. */
  isDone: z.boolean(),
  /** Of indices that are named by the time, what could be found then is read. */
  sinceMs: z.number().nullable(),
});
export type ElasticPosition = z.infer<typeof ElasticPosition>;

/** What was kept; null: nothing was. */
export function keptPosition(
  { id }: ElasticSource,
  { positions }: Pick<ReaderOpening, 'positions'>,
): ElasticPosition | null {
  return ElasticPosition.safeParse(positions.get(id)).data ?? null;
}

export function firstPosition({ key }: ElasticSource): ElasticPosition {
  const startAt = key?.startAt ?? null;
  return {
    ...{ generation: 0, offset: 0, pit: null, isDone: false, sinceMs: null },
    read: startAt === null ? null : { value: startAt, names: [] },
  };
}
