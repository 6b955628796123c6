import { ANY_CHAR, type CharSet, rangesOf } from './char-set.ts';
import type { Edge, RegexNode } from './go-regex-tree.ts';

const SIZE_MAX = 5_000;

/**
 * The same regular expression in JavaScript's spelling, for the flag `u`, with the same groups; null
 * where JavaScript would see something else in it, or it is too large.
 */
export function nativeSource(tree: RegexNode): string | null {
  return tree.size > SIZE_MAX || !meansTheSame(tree, false) ? null : sourceOf(tree);
}

/**
 * JavaScript forgets at each repetition what groups in it have matched, and ends a repetition of
 * nothing in its own way; where neither can show, both mean the same.
 */
function meansTheSame(node: RegexNode, mayBeForgotten: boolean): boolean {
  switch (node.kind) {
    case 'set':
      return node.set.length > 0;
    case 'edge':
      return true;
    case 'group':
      return !mayBeForgotten && meansTheSame(node.inner, mayBeForgotten);
    case 'seq':
      return node.parts.every((part) => meansTheSame(part, mayBeForgotten));
    case 'either':
      return node.branches.every((branch) => meansTheSame(branch, mayBeForgotten));
    case 'repeat':
      return repeatMeansTheSame(node, mayBeForgotten);
  }
}

type Repeat = Extract<RegexNode, { kind: 'repeat' }>;

function repeatMeansTheSame({ inner, max }: Repeat, mayBeForgotten: boolean): boolean {
  if (inner.canBeEmpty) return false;
  return meansTheSame(inner, mayBeForgotten || (max > 1 && inner.hasGroup));
}

function sourceOf(node: RegexNode): string {
  switch (node.kind) {
    case 'set':
      return setSource(node.set);
    case 'edge':
      return EDGES[node.edge];
    case 'group':
      return `(${sourceOf(node.inner)})`;
    case 'seq':
      return node.parts.map(sourceInARow).join('');
    case 'either':
      return node.branches.map(sourceOf).join('|');
    case 'repeat':
      return `${sourceOfOne(node.inner)}${countSource(node)}${node.isLazy ? '?' : ''}`;
  }
}

const EDGES: Readonly<Record<Edge, string>> = {
  textStart: '^',
  textEnd: '$',
  lineStart: String.raw`(?:^|(?<=\n))`,
  lineEnd: String.raw`(?:$|(?=\n))`,
  wordEdge: String.raw`\b`,
  noWordEdge: String.raw`\B`,
};

function sourceInARow(node: RegexNode): string {
  return node.kind === 'either' ? `(?:${sourceOf(node)})` : sourceOf(node);
}

function sourceOfOne(node: RegexNode): string {
  return node.kind === 'set' || node.kind === 'group' ? sourceOf(node) : `(?:${sourceOf(node)})`;
}

function countSource({ min, max }: Repeat): string {
  if (max === 1) return min === 1 ? '{1}' : '?'.repeat(1 - min) || `{${min}}`;
  if (max !== Infinity) return `{${min},${max}}`;
  if (min > 1) return `{${min},}`;
  return min === 0 ? '*' : '+';
}

function setSource(set: CharSet): string {
  const ranges = rangesOf(set);
  const [[first, last] = [0, 0]] = ranges;
  if (ranges.length === 1 && first === last) return characterSource(first);
  if (ranges.length === 1 && last - first === ANY_CHAR[1]) return String.raw`[\s\S]`;
  const items = ranges.map(([start, end]) =>
    start === end ? characterSource(start) : `${characterSource(start)}-${characterSource(end)}`,
  );
  return `[${items.join('')}]`;
}

function characterSource(code: number): string {
  const character = String.fromCodePoint(code);
  return /^[\w ,:;=<>@"'%&!#~`]$/.test(character) ? character : `\\u{${code.toString(16)}}`;
}
