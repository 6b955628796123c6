import { type CharSet, intersects, NO_CHARS, union } from './char-set.ts';

/** What a part of a pattern may begin with, and whether it can do without any character. */
interface Facts {
  readonly first: CharSet;
  /** What follows it may stand at its place. */
  readonly isOptional: boolean;
  /** It may match without taking a character. */
  readonly canBeEmpty: boolean;
  /** It matches at any place, if only nothing. */
  readonly neverFails: boolean;
  /** How many parts are in it, repeated ones as often as they are at most. */
  readonly size: number;
  readonly hasGroup: boolean;
}

export type Edge = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'wordEdge' | 'noWordEdge';

/** A regular expression as a tree; whoever looks at it need not know how it was written. */
export type RegexNode = Facts &
  (
    | { readonly kind: 'set'; readonly set: CharSet }
    | { readonly kind: 'edge'; readonly edge: Edge }
    | { readonly kind: 'group'; readonly inner: RegexNode }
    | { readonly kind: 'seq'; readonly parts: readonly RegexNode[] }
    | { readonly kind: 'either'; readonly branches: readonly RegexNode[] }
    | {
        readonly kind: 'repeat';
        readonly inner: RegexNode;
        readonly min: number;
        readonly max: number;
        readonly isLazy: boolean;
      }
  );

export function setNode(set: CharSet): RegexNode {
  return {
    ...{ kind: 'set', set, first: set, size: 1 },
    ...{ isOptional: false, canBeEmpty: false, neverFails: false, hasGroup: false },
  };
}

export function edgeNode(edge: Edge): RegexNode {
  const ends = edge === 'textEnd' || edge === 'lineEnd';
  return {
    ...{ kind: 'edge', edge, size: 1, canBeEmpty: true, neverFails: false, hasGroup: false },
    // Behind the end of the text nothing can stand, whatever comes next in the pattern.
    ...{ first: edge === 'lineEnd' ? [0x0a, 0x0a] : NO_CHARS, isOptional: !ends },
  };
}

export function groupNode(inner: RegexNode): RegexNode {
  const { first, isOptional, canBeEmpty, neverFails, size } = inner;
  return { kind: 'group', inner, first, isOptional, canBeEmpty, neverFails, size, hasGroup: true };
}

export function seqNode(parts: readonly RegexNode[]): RegexNode {
  return {
    ...{ kind: 'seq', parts, first: firstOf(parts) },
    isOptional: parts.every((part) => part.isOptional),
    canBeEmpty: parts.every((part) => part.canBeEmpty),
    neverFails: parts.every((part) => part.neverFails),
    size: 1 + sum(parts.map(({ size }) => size)),
    hasGroup: parts.some((part) => part.hasGroup),
  };
}

export function eitherNode(branches: readonly RegexNode[]): RegexNode {
  return {
    ...{ kind: 'either', branches, first: union(...branches.map(({ first }) => first)) },
    isOptional: branches.some((branch) => branch.isOptional),
    canBeEmpty: branches.some((branch) => branch.canBeEmpty),
    neverFails: branches.some((branch) => branch.neverFails),
    size: 1 + sum(branches.map(({ size }) => size)),
    hasGroup: branches.some((branch) => branch.hasGroup),
  };
}

export function repeatNode(
  inner: RegexNode,
  { min, max, isLazy }: { readonly min: number; readonly max: number; readonly isLazy: boolean },
): RegexNode {
  return {
    ...{ kind: 'repeat', inner, min, max, isLazy },
    first: max === 0 ? NO_CHARS : inner.first,
    isOptional: min === 0 || inner.isOptional,
    canBeEmpty: min === 0 || inner.canBeEmpty,
    neverFails: min === 0 || inner.neverFails,
    size: 1 + inner.size * Math.max(1, Number.isFinite(max) ? max : min),
    hasGroup: inner.hasGroup,
  };
}

/** What may stand first of several parts in a row. */
export function firstOf(parts: readonly RegexNode[]): CharSet {
  const needed = parts.findIndex((part) => !part.isOptional);
  const shown = needed === -1 ? parts : parts.slice(0, needed + 1);
  return union(...shown.map(({ first }) => first));
}

/** Branches that may begin with the same character stand together. */
export function clustersOf(branches: readonly RegexNode[]): RegexNode[][] {
  let clusters: RegexNode[][] = [];
  for (const branch of branches) {
    const near = clusters.filter((cluster) => cluster.some((other) => mayMeet(other, branch)));
    clusters = [...clusters.filter((cluster) => !near.includes(cluster)), [...near.flat(), branch]];
  }
  return clusters;
}

function mayMeet(a: RegexNode, b: RegexNode): boolean {
  return a.isOptional || b.isOptional || intersects(a.first, b.first);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
