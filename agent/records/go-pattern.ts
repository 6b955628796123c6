/** What a match is replaced with. */
export type Expansion = (match: RegExpExecArray) => string;

const LEADING_FLAGS = /^\(\?([ims]+)\)/;
const SYNTAX = '^$\\.*+?()[]{}|/';

/**
 * A regular expression in Go's spelling: flags may stand at its beginning, `(?i)`, groups may be
 * named by `(?P<name>`, and any punctuation may have a backslash before it.
 *
 * @throws SyntaxError when it is none.
 */
export function compileGoPattern(pattern: string): RegExp {
  const flags = LEADING_FLAGS.exec(pattern)?.[1] ?? '';
  const source = pattern
    .replace(LEADING_FLAGS, '')
    .replaceAll('(?P<', '(?<')
    .replace(/\\([!-/:-@[-`{-~])/g, (escape: string, character: string) =>
      SYNTAX.includes(character) ? escape : hexEscape(character),
    );
  return new RegExp(source, `gu${[...new Set(flags)].join('')}`);
}

/** Means the character itself, inside a class and outside. */
function hexEscape(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/**
 * A replacement in Go's spelling: `$1`, `${1}`, `$name`, `${name}`, and `$$` for a dollar sign; a
 * group that there is not stands for nothing.
 */
export function compileGoTemplate(template: string): Expansion {
  const pieces = template.split(/\$(\$|\w+|\{\w+\})/);
  return (match) =>
    pieces.map((piece, index) => (index % 2 === 0 ? piece : expand(piece, match))).join('');
}

function expand(reference: string, match: RegExpExecArray): string {
  if (reference === '$') return '$';
  const name = reference.replace(/[{}]/g, '');
  return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? '';
}

/** Replaces every match of a global pattern. */
export function replaceMatches(value: string, pattern: RegExp, replacement: Expansion): string {
  let replaced = '';
  let end = 0;
  for (const match of value.matchAll(pattern)) {
    replaced += value.slice(end, match.index) + replacement(match);
    end = match.index + match[0].length;
  }
  return replaced + value.slice(end);
}
