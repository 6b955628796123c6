import { z } from 'zod';
import { AppError } from '../../../../shared/kernel/errors.ts';
import { oneLineJson } from '../../../sql/json-value.ts';
import { blanksEnd, elements, members, type Span } from './json-walk.ts';

/** One document that a search has found. */
export interface Hit {
  /** Its source as it was put in, on one line that ends in a line feed; null: it came without. */
  readonly line: string | null;
  readonly bytes: number;
  /** What it is sorted by, as a JSON list; empty: nothing. */
  readonly sort: string;
  /** The first of that, as JSON. */
  readonly value: string;
  /** Its index and its id: no other document has both. */
  readonly name: string;
}

export interface Answer {
  readonly hits: readonly Hit[];
  readonly pitId: string | null;
  readonly scrollId: string | null;
}

const Head = z.object({
  pit_id: z.string().optional(),
  _scroll_id: z.string().optional(),
  timed_out: z.boolean().optional(),
  _shards: z.object({ failed: z.int() }).optional(),
});

/**
 * Reads the answer to a search. Documents are cut out of it as they are written there, so that
 * their numbers keep every digit and their fields stay as they were.
 *
 * @throws AppError `unavailable` when it is none, or an incomplete one.
 */
export function answerOf(where: string, text: string): Answer {
  const parts = new Map<string, Span>();
  if (isJson(text)) {
    for (const member of members(text, blanksEnd(text, 0))) parts.set(member.name, member);
  }
  const found = parts.get('hits');
  const head = Head.safeParse(headOf(text, parts));
  if (found === undefined || !head.success) {
    throw new AppError('unavailable', `${where} gave no answer to a search`);
  }
  requireWhole(where, head.data);
  const { pit_id: pitId = null, _scroll_id: scrollId = null } = head.data;
  return { hits: [...hitsOf(text, found)], pitId, scrollId };
}

/** What some part of the servers has not said would be missed for ever. */
function requireWhole(where: string, head: z.output<typeof Head>): void {
  const { timed_out: isLate = false, _shards: { failed } = { failed: 0 } } = head;
  if (!isLate && failed === 0) return;
  const why = isLate ? 'it took too long' : `${failed} shards failed`;
  throw new AppError('unavailable', `${where} has not looked everywhere: ${why}`);
}

function* hitsOf(text: string, found: Span): Generator<Hit, undefined> {
  for (const { name, start } of members(text, found.start)) {
    if (name !== 'hits') continue;
    for (const element of elements(text, start)) yield hitOf(text, element);
  }
}

function hitOf(text: string, { start: at }: Span): Hit {
  const parts = new Map<string, string>();
  for (const { name, start, end } of members(text, at)) parts.set(name, text.slice(start, end));
  const source = parts.get('_source');
  const line = source === undefined ? null : `${oneLineJson(source)}\n`;
  const sort = parts.get('sort') ?? '';
  const [first] = elements(sort, 0);
  return {
    line,
    bytes: line === null ? 0 : Buffer.byteLength(line),
    sort,
    value: first === undefined ? '' : sort.slice(first.start, first.end),
    name: `${parts.get('_index') ?? ''}/${parts.get('_id') ?? ''}`,
  };
}

function headOf(text: string, parts: ReadonlyMap<string, Span>): unknown {
  const names = Object.keys(Head.shape);
  return Object.fromEntries(
    [...parts]
      .filter(([name]) => names.includes(name))
      .map(([name, { start, end }]) => [name, JSON.parse(text.slice(start, end)) as unknown]),
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
