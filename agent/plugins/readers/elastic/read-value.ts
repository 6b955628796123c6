import { z } from 'zod';
import type { Hit } from './answer.ts';

/** More documents of one value are not told apart by their names. */
const NAMES_MAX = 500;

/** How far a reader has come in the order of a field. */
export const ReadValue = z.object({
  /** The value of the last document, as a search gives it back. */
  value: z.string(),
  /**
   * Which documents of that value were handed out; `many`: more than are remembered, so that they
   * may come again; `all`: every one that there is.
   */
  names: z.union([z.array(z.string()).readonly(), z.enum(['many', 'all'])]),
});
export type ReadValue = z.infer<typeof ReadValue>;

/** Whether a document was handed out before. */
export function wasRead(after: ReadValue | null, { value, name }: Hit): boolean {
  if (after === null || after.value !== value) return false;
  return typeof after.names !== 'string' && after.names.includes(name);
}

/** How far it has come with these, too. */
export function readWith(after: ReadValue | null, hits: readonly Hit[]): ReadValue | null {
  const last = hits.at(-1);
  if (last === undefined) return after;
  const { value } = last;
  const names = hits.filter((hit) => hit.value === value).map(({ name }) => name);
  if (after === null || after.value !== value) return named(value, names);
  const { names: before } = after;
  return typeof before === 'string' ? after : named(value, [...before, ...names]);
}

/** At the end of a run: nothing of that value is left. */
export function readWhole(after: ReadValue | null): ReadValue | null {
  return after?.names === 'many' ? { ...after, names: 'all' } : after;
}

/** At the start of a run: what is not remembered is read again. */
export function readAgain(after: ReadValue | null): ReadValue | null {
  return after?.names === 'many' ? { ...after, names: [] } : after;
}

function named(value: string, names: readonly string[]): ReadValue {
  return { value, names: names.length > NAMES_MAX ? 'many' : names };
}
