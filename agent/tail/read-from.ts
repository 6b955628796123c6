import { compileGoLayout } from '../../shared/domain/go-time.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { type ReadTime, timeReader } from './written-time.ts';

/** Where the files of a runner's very first look are begun. */
export type ReadFrom =
  | 'oldest'
  | 'newest'
  /** With the first line of that time or later, as `readTime` reads the lines' times. */
  | { readonly timeMs: number; readonly readTime: ReadTime };

const DAY = /^\d{4}-\d\d-\d\d$/;
const MOMENT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[-+]\d\d:?\d\d))?$/i;

/**
 * What the option `read_from` says. A time without a zone is meant as the clock on this machine's
 * wall, as it is in lines.
 *
 * @throws AppError `invalid` for a text that is no place.
 */
export function readFromOf(text: string, layouts: readonly string[]): ReadFrom {
  const given = text.trim();
  if (given === '' || given === 'oldest') return 'oldest';
  if (given === 'newest') return given;
  const timeMs = timeOf(given, layouts);
  if (timeMs !== null) return { timeMs, readTime: timeReader(layouts) };
  throw new AppError(
    'invalid',
    `reader option read_from: must be "oldest", "newest" or a time such as "2026-11-25T10:00:00+08:00", got "${given}"`,
  );
}

function timeOf(text: string, layouts: readonly string[]): number | null {
  if (DAY.test(text)) return timeReader([])(`${text} 00:00:00`, 0);
  if (MOMENT.test(text)) return timeReader([])(text, 0);
  const layout = layouts.find((one) => compileGoLayout(one)(text) !== null);
  return layout === undefined ? null : timeReader([layout])(text, 0);
}
