import { matchesGlob } from 'node:path';

const PATTERN_LENGTH_MAX = 255;

/**
 * Why a text cannot be a pattern of file names (`*` any characters, `?` any one, `[ab]` one of
 * them, `{a,b}` either), or null when it can. Such a pattern can never lead out of a folder.
 */
export function namePatternProblem(pattern: string): string | null {
  const shown = JSON.stringify(pattern.slice(0, PATTERN_LENGTH_MAX));
  if (pattern === '') return 'the pattern is empty; write one such as "*.log-*"';
  if (pattern.length > PATTERN_LENGTH_MAX) {
    return `the pattern is longer than ${PATTERN_LENGTH_MAX} characters; shorten it`;
  }
  if (/[/\\\0]/.test(pattern) || pattern === '..' || pattern === '.') {
    return `the pattern ${shown} names more than files of one folder; write one such as "*.log-*"`;
  }
  return null;
}

export function matchesName(name: string, pattern: string): boolean {
  return matchesGlob(name, pattern);
}
