import { type CharSet, intersects, union } from './char-set.ts';
import { clustersOf, firstOf, type RegexNode } from './go-regex-tree.ts';
import { triesAtOnce } from './pattern-ways.ts';

/** So many steps a character may backtracking take; an engine that never does takes as long. */
const STEPS_PER_CHARACTER_MAX = 1_000;
/** So many steps a text are some milliseconds. */
const STEPS_PER_TEXT_MAX = 4_000_000;
const LENGTHS: readonly number[] = [
  65_536, 32_768, 16_384, 8_192, 4_096, 2_048, 1_024, 768, 512, 384, 256, 192, 128, 96, 64, 32,
];

export interface SafeLengths {
  /** The longest text in which a search is as quick as that of an engine that never backtracks. */
  readonly quick: number;
  /** The longest text in which a search takes a few milliseconds at worst. */
  readonly bounded: number;
}

/**
 * How long a text may be in which an engine that backtracks searches for the pattern, whatever the
 * text; 0: it may take for ever, or too long. The answer is on the safe side: what cannot be shown
 * to be quick counts as slow.
 *
 * How often each part may be tried from one place is counted from the inside out. A repetition that
 * could only end where the next part cannot begin has one way to match; one that overlaps with what
 * comes next has as many as the text has characters; and those multiply. Where that says too much,
 * because most of the ways soon come to an end, it is looked how many there can be at once.
 */
export function safeTextLengths(pattern: RegexNode): SafeLengths {
  const tries = triesAtOnce(pattern) ?? Infinity;
  const steps = (length: number) => stepsPerCharacter(pattern, length, tries);
  const longest = (isSafe: (length: number) => boolean) => LENGTHS.find(isSafe) ?? 0;
  const quick = longest((length) => steps(length) <= STEPS_PER_CHARACTER_MAX);
  const bounded = longest((length) => steps(length) * length <= STEPS_PER_TEXT_MAX);
  return { quick, bounded: Math.max(quick, bounded) };
}

/** An upper bound of the steps that a search in a text of this length takes, by its characters. */
export function stepsPerCharacter(pattern: RegexNode, length: number, tries: number): number {
  const { work } = costOf(pattern, { first: [], neverFails: true }, length);
  const most = Math.min(work, tries * (length + 1));
  return isAnchored(pattern) ? most / length : most;
}

interface Follow {
  /** What the rest of the pattern may begin with. */
  readonly first: CharSet;
  /** The rest matches wherever it is tried, so that nothing is tried twice. */
  readonly neverFails: boolean;
}

interface Cost {
  /** In how many ways it matches from one place, as far as the rest gets beyond its first character. */
  readonly ways: number;
  /** Steps to try all of them. */
  readonly work: number;
}

function costOf(node: RegexNode, follow: Follow, length: number): Cost {
  switch (node.kind) {
    case 'set':
    case 'edge':
      return { ways: 1, work: 1 };
    case 'group':
      return costOf(node.inner, follow, length);
    case 'seq':
      return costInARow(node.parts, follow, length);
    case 'either':
      return costOfBranches(node.branches, follow, length);
    case 'repeat':
      return costOfRepeat(node, follow, length);
  }
}

function costInARow(parts: readonly RegexNode[], follow: Follow, length: number): Cost {
  let ways = 1;
  let work = 0;
  for (const [index, part] of parts.entries()) {
    const cost = costOf(part, followOf(parts.slice(index + 1), follow), length);
    work += ways * cost.work;
    ways *= cost.ways;
  }
  return { ways, work };
}

function followOf(rest: readonly RegexNode[], follow: Follow): Follow {
  const isOptional = rest.every((part) => part.isOptional);
  return {
    first: isOptional ? union(firstOf(rest), follow.first) : firstOf(rest),
    neverFails: follow.neverFails && rest.every((part) => part.neverFails),
  };
}

/** Of branches that cannot begin with the same character only one gets beyond it. */
function costOfBranches(branches: readonly RegexNode[], follow: Follow, length: number): Cost {
  let ways = 0;
  let work = 0;
  for (const cluster of clustersOf(branches)) {
    const costs = cluster.map((branch) => costOf(branch, follow, length));
    ways = Math.max(ways, sum(costs.map((cost) => cost.ways)));
    work = Math.max(work, sum(costs.map((cost) => cost.work)));
  }
  return { ways, work: work + branches.length };
}

type Repeat = Extract<RegexNode, { kind: 'repeat' }>;

function costOfRepeat({ inner, min, max }: Repeat, follow: Follow, length: number): Cost {
  if (max === 0) return { ways: 1, work: 1 };
  if (max > 1 && inner.canBeEmpty) return { ways: Infinity, work: Infinity };
  const times = Math.min(max, length);
  const next: Follow =
    times > 1 ? { first: union(inner.first, follow.first), neverFails: false } : follow;
  const each = costOf(inner, next, length);
  if (each.ways > 1) return costOfMany(each, Math.min(min, times), times);

  // One way through: what it takes is taken once, however that is parted into repetitions.
  const through = Math.min(times * each.work, (length + 1) * (inner.size + 1) + each.work);
  if (follow.neverFails) {
    const needed = Math.min(min, times);
    return { ways: 1, work: Math.min(through, (needed + 1) * each.work) };
  }
  const mayGoOn = min !== max && mayFollow(inner, follow);
  const ends = times - Math.min(min, times) + 1;
  return { ways: mayGoOn ? ends : 1, work: through + ends };
}

/** What comes next may also be one more repetition. */
function mayFollow(inner: RegexNode, follow: Follow): boolean {
  return inner.isOptional || intersects(inner.first, follow.first);
}

function costOfMany({ ways, work }: Cost, min: number, times: number): Cost {
  let allWays = 0;
  let allWork = 0;
  let power = 1;
  for (let repeated = 0; repeated <= times && Number.isFinite(power); repeated += 1) {
    if (repeated >= min) allWays += power;
    if (repeated < times) allWork += power * work;
    power *= ways;
  }
  return Number.isFinite(power)
    ? { ways: allWays, work: allWork }
    : { ways: Infinity, work: Infinity };
}

/** It is tried at the beginning of the text only. */
function isAnchored(node: RegexNode): boolean {
  switch (node.kind) {
    case 'edge':
      return node.edge === 'textStart';
    case 'group':
      return isAnchored(node.inner);
    case 'seq': {
      const [first] = node.parts;
      return first !== undefined && isAnchored(first);
    }
    case 'either':
      return node.branches.every(isAnchored);
    case 'repeat':
      return node.min > 0 && isAnchored(node.inner);
    case 'set':
      return false;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
