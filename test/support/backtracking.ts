import { type CharSet, rangesOf } from '../../agent/records/patterns/char-set.ts';
import type { RegexNode } from '../../agent/records/patterns/go-regex-tree.ts';

/**
 * How many steps a search takes that tries one way after another, as JavaScript's engine does; it
 * ends at `stepsMax`.
 */
export function backtrackingSteps(tree: RegexNode, text: string, stepsMax: number): number {
  const characters = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const search = { characters, steps: 0, stepsMax };
  for (let start = 0; start <= characters.length; start += 1) {
    if (tries(search, tree, { at: start, then: () => true })) break;
  }
  return search.steps;
}

interface Search {
  readonly characters: readonly number[];
  steps: number;
  readonly stepsMax: number;
}

interface Place {
  readonly at: number;
  readonly then: (end: number) => boolean;
}

function tries(search: Search, node: RegexNode, { at, then }: Place): boolean {
  search.steps += 1;
  if (search.steps > search.stepsMax) return true;
  switch (node.kind) {
    case 'set':
      return isIn(node.set, search.characters[at]) && then(at + 1);
    case 'edge':
      return isEdge(search.characters, node.edge, at) && then(at);
    case 'group':
      return tries(search, node.inner, { at, then });
    case 'seq':
      return inARow(search, node.parts, { at, then });
    case 'either':
      return node.branches.some((branch) => tries(search, branch, { at, then }));
    case 'repeat':
      return repeats(search, node, { at, then, done: 0 });
  }
}

function isIn(set: CharSet, code: number | undefined): boolean {
  return code !== undefined && rangesOf(set).some(([a, b]) => a <= code && code <= b);
}

function inARow(search: Search, parts: readonly RegexNode[], { at, then }: Place): boolean {
  const [first, ...rest] = parts;
  if (first === undefined) return then(at);
  return tries(search, first, { at, then: (end) => inARow(search, rest, { at: end, then }) });
}

type Repeat = Extract<RegexNode, { kind: 'repeat' }>;

function repeats(search: Search, node: Repeat, place: Place & { readonly done: number }): boolean {
  const { inner, min, max, isLazy } = node;
  const { at, then, done } = place;
  const again = () =>
    done < max &&
    tries(search, inner, {
      at,
      then: (end) => end > at && repeats(search, node, { at: end, then, done: done + 1 }),
    });
  if (done < min) return again();
  return isLazy ? then(at) || again() : again() || then(at);
}

function isEdge(characters: readonly number[], edge: string, at: number): boolean {
  const isWord = (code: number | undefined) =>
    code !== undefined && /^\w$/.test(String.fromCodePoint(code));
  const isWordEdge = isWord(characters[at - 1]) !== isWord(characters[at]);
  switch (edge) {
    case 'textStart':
      return at === 0;
    case 'textEnd':
      return at === characters.length;
    case 'lineStart':
      return at === 0 || characters[at - 1] === 0x0a;
    case 'lineEnd':
      return at === characters.length || characters[at] === 0x0a;
    case 'wordEdge':
      return isWordEdge;
    default:
      return !isWordEdge;
  }
}
