import { AppError } from '../../../../shared/kernel/errors.ts';
import type { ElasticSource, RisingField } from './elastic-source.ts';
import type { ReadValue } from './read-value.ts';

/** Which documents are looked for. */
export interface Search {
  readonly query: object;
  /** By a rising field; empty: in whatever order the server has them. */
  readonly sort: readonly object[];
}

/** Documents of a field's values behind `after` (all, when null), up to `upTo` (no end, when null). */
export interface ValueRange {
  readonly after: ReadValue | null;
  readonly upTo: string | null;
}

export const EVERYTHING: Search = { query: { match_all: {} }, sort: [] };

/** In the order of their values. */
export function rangeSearch(field: RisingField, range: ValueRange): Search {
  return { query: rangeQuery(field, range), sort: [sortBy(field, 'asc')] };
}

/** Tells the highest value that can be found now; the document itself is not asked for. */
export function highestSearch(field: RisingField, after: ReadValue | null): object {
  return {
    size: 1,
    _source: false,
    query: rangeQuery(field, { after, upTo: null }),
    sort: [sortBy(field, 'desc')],
  };
}

/** An index that does not know the field has no documents with it, which is no failure. */
function sortBy({ name, type }: RisingField, order: 'asc' | 'desc'): object {
  return { [name]: { order, unmapped_type: type } };
}

function rangeQuery(field: RisingField, { after, upTo }: ValueRange): object {
  if (after === null && upTo === null) return { exists: { field: field.name } };
  const format = formatOf(field, upTo ?? after?.value ?? '');
  const from = after === null ? {} : lowerBound(field, after);
  const to = upTo === null ? {} : { lte: literal(field, upTo) };
  return { range: { [field.name]: { ...from, ...to, ...format } } };
}

function lowerBound(field: RisingField, { value, names }: ReadValue): object {
  return names === 'all' ? { gt: literal(field, value) } : { gte: literal(field, value) };
}

/** All digits of a number; a time as text, since a search tells those of `date_nanos` in other units. */
function literal({ name, type }: RisingField, value: string): unknown {
  if (!/^-?\d+$/.test(value)) {
    const message = `the values of ${name} are ${value.slice(0, 40)}, and not whole numbers or times`;
    throw new AppError('invalid', message);
  }
  return type === 'date' ? dateText(value) : JSON.rawJSON(value);
}

function formatOf({ type }: RisingField, value: string): object {
  if (type !== 'date') return {};
  return { format: `strict_date_optional_time${isNanos(value) ? '_nanos' : ''}` };
}

/** Of milliseconds since the epoch, or of nanoseconds, which have six digits more. */
function dateText(digits: string): string {
  if (!isNanos(digits)) return new Date(Number(digits)).toISOString();
  const iso = new Date(Number(digits.slice(0, -6))).toISOString();
  return iso.replace('Z', `${digits.slice(-6)}Z`);
}

/** Milliseconds have at most 15 digits in the years that either can hold. */
function isNanos(digits: string): boolean {
  return digits.length > 15;
}

/** The path of the indices; those that are not there are left out where the time names them. */
export function indexPath({ isShifted }: ElasticSource, indices: readonly string[], end: string) {
  const names = indices.map((index) => encodeURIComponent(index).replaceAll('%2C', ','));
  const path = `/${names.join(',')}/${end}`;
  if (!isShifted) return path;
  return `${path}${path.includes('?') ? '&' : '?'}ignore_unavailable=true`;
}
