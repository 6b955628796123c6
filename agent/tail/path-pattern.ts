import { dirname, sep } from 'node:path';

const WILDCARD = /[*?[{]/;

/** The folder that everything a pattern can match is in; a path without wildcards is itself. */
export function fixedPart(pattern: string): string {
  const at = pattern.search(WILDCARD);
  if (at === -1) return pattern;
  const fixed = pattern.slice(0, at);
  return fixed.endsWith(sep) && fixed !== sep ? fixed.slice(0, -1) : dirname(`${fixed}x`);
}
