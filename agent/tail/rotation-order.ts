import type { FoundFile } from './found-file.ts';
import { isPacked } from './open-content.ts';

/** ".12", ".12.gz" and the like: rotation counts up, so the larger number is older. */
const COUNT = /[-._](\d{1,4})(?:\.gz)?$/;
/** The end of a name made of a date: a later one is younger. */
const DATE = /\d{4}-?\d\d-?\d\d[-._:T\d]*(?:\.gz)?$/;

/** What rotation appends to a name: ".1", "-20261121", ".2026-11-21.3", ".1.gz"; not ".err". */
const ROTATION_SUFFIX = /^[-._]\d[-._:T\d]*(?:\.gz)?$/;

/** Whether `other` is what rotation would call a file of this name. */
export function isRotated(other: string, name: string): boolean {
  return other.startsWith(name) && ROTATION_SUFFIX.test(other.slice(name.length));
}

/**
 * Orders rotated files of one name, the oldest first: by birth, then by their last write, then by
 * what rotation calls them. Births are as coarse as the kernel's tick, and two files may share one.
 */
export function byAge(a: FoundFile, b: FoundFile): number {
  return (
    Number(bornOf(a) - bornOf(b)) ||
    Number(a.stats.mtimeNs - b.stats.mtimeNs) ||
    byName(a.path, b.path)
  );
}

/** A compressed file is born late, but has the time of the last write to what it holds. */
function bornOf({ path, stats }: FoundFile): bigint {
  return isPacked(path) ? stats.mtimeNs : stats.birthtimeNs;
}

function byName(a: string, b: string): number {
  const [countA, countB] = [countOf(a), countOf(b)];
  if (countA !== null && countB !== null) return countB - countA;
  return a.localeCompare(b, 'en', { numeric: true });
}

function countOf(path: string): number | null {
  const count = DATE.test(path) ? undefined : COUNT.exec(path)?.[1];
  return count === undefined ? null : Number(count);
}
