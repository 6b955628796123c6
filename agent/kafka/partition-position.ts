import { z } from 'zod';

const Position = z.object({
  /** Grows with a topic that was made anew: offsets of another generation are of other messages. */
  generation: z.int().nonnegative(),
  /** The id of the topic; empty: the brokers gave none. */
  topic: z.string(),
  /** The next message. */
  offset: z.int().nonnegative(),
});
/** How far a partition is read. */
export type Position = z.infer<typeof Position>;

/** What was kept; null: nothing, or it is of a topic of that name that is there no more. */
export function ownPosition(kept: unknown, topicId: string): Position | null {
  const position = Position.safeParse(kept).data ?? null;
  const isOther = position !== null && position.topic !== '' && topicId !== '';
  return isOther && position.topic !== topicId ? null : position;
}

/**
 * Where to read on: behind all that this runner or, by what the group was told (-1: nothing),
 * another one has had. `offset` null: nobody has read yet.
 */
export function startOf(
  own: Position | null,
  told: number,
  topicId: string,
): Omit<Position, 'offset'> & { readonly offset: number | null } {
  const offset = Math.max(own?.offset ?? -1, told);
  return {
    generation: own?.generation ?? generationOf(topicId),
    topic: topicId === '' ? (own?.topic ?? '') : topicId,
    offset: offset < 0 ? null : offset,
  };
}

/** The same for every agent that reads the topic; 0 where the brokers tell no ids. */
function generationOf(topicId: string): number {
  const digits = topicId.replaceAll('-', '').slice(0, 12);
  return digits === '' ? 0 : Number.parseInt(digits, 16);
}
