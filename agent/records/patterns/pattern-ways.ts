import { type CharSet, intersects, rangesOf } from './char-set.ts';
import type { RegexNode } from './go-regex-tree.ts';

const POSITIONS_MAX = 1_500;
const STATES_MAX = 2_000;
const TRIES_MAX = 1_000;

/**
 * How many characters of the pattern a backtracking search that begins at one place tries at one
 * character of the text, over all the ways it may have taken there; null: there is no limit to that,
 * or none was found with little effort. Each way is followed through every text that there may be:
 * two texts that leave the same ways open are the same from there.
 */
export function triesAtOnce(tree: RegexNode): number | null {
  const graph = graphOf(tree);
  if (graph === null) return null;
  const samples = samplesOf(graph.sets);
  const seen = new Set<string>();
  const open: Ways[] = [graph.first];
  let most = 0;
  for (let ways = open.pop(); ways !== undefined; ways = open.pop()) {
    const tries = total(ways);
    if (tries > TRIES_MAX || seen.size > STATES_MAX) return null;
    most = Math.max(most, tries);
    for (const sample of samples) {
      const next = step(graph, ways, sample);
      const name = nameOf(next);
      if (next.size === 0 || seen.has(name)) continue;
      seen.add(name);
      open.push(next);
    }
  }
  return most;
}

/** How often each place of the pattern is tried next. */
type Ways = ReadonlyMap<number, number>;

interface Graph {
  readonly sets: readonly CharSet[];
  readonly first: Ways;
  /** What may come behind each place, and in how many ways. */
  readonly next: readonly Ways[];
}

function step({ sets, next }: Graph, ways: Ways, sample: CharSet): Ways {
  const after = new Map<number, number>();
  for (const [place, times] of ways) {
    if (!intersects(sets[place] ?? [], sample)) continue;
    for (const [follower, more] of next[place] ?? []) {
      after.set(follower, (after.get(follower) ?? 0) + times * more);
    }
  }
  return after;
}

function nameOf(ways: Ways): string {
  return [...ways]
    .toSorted(([a], [b]) => a - b)
    .map(([place, times]) => `${place}x${times}`)
    .join();
}

function total(ways: Ways): number {
  let sum = 0;
  for (const times of ways.values()) sum += times;
  return sum;
}

/** One character of each kind that the pattern tells from others. */
function samplesOf(sets: readonly CharSet[]): CharSet[] {
  const starts = new Set<number>([0]);
  for (const [first, last] of sets.flatMap(rangesOf)) starts.add(first).add(last + 1);
  const kinds = new Map<string, CharSet>();
  const distinct = [...new Map(sets.map((set) => [set.join(), set])).values()];
  for (const start of starts) {
    const sample: CharSet = [start, start];
    const kind = distinct.map((set) => (intersects(set, sample) ? '1' : '0')).join('');
    if (kind.includes('1')) kinds.set(kind, sample);
  }
  return [...kinds.values()];
}

/** A part of the pattern: where it begins, where it ends, in how many ways it matches nothing. */
interface Part {
  readonly first: Ways;
  readonly last: Ways;
  readonly empty: number;
}

const NOTHING: Part = { first: new Map(), last: new Map(), empty: 1 };

class TooLarge extends Error {}

function graphOf(tree: RegexNode): Graph | null {
  const builder = new GraphBuilder();
  try {
    const { first } = builder.add(tree);
    return { sets: builder.sets, first, next: builder.next };
  } catch (thrown) {
    if (thrown instanceof TooLarge) return null;
    throw thrown;
  }
}

class GraphBuilder {
  readonly sets: CharSet[] = [];
  readonly next: Map<number, number>[] = [];

  add(node: RegexNode): Part {
    switch (node.kind) {
      case 'set':
        return this.#place(node.set);
      case 'edge':
        // What stands behind the end of the text is never tried.
        return { ...NOTHING, empty: node.edge === 'textEnd' ? 0 : 1 };
      case 'group':
        return this.add(node.inner);
      case 'seq':
        return node.parts.reduce<Part>((row, part) => this.#behind(row, this.add(part)), NOTHING);
      case 'either':
        return node.branches.map((branch) => this.add(branch)).reduce(eitherOf);
      case 'repeat':
        return this.#repeat(node);
    }
  }

  #place(set: CharSet): Part {
    const place = this.sets.length;
    if (place >= POSITIONS_MAX) throw new TooLarge();
    this.sets.push(set);
    this.next.push(new Map());
    return { first: new Map([[place, 1]]), last: new Map([[place, 1]]), empty: 0 };
  }

  #behind(a: Part, b: Part): Part {
    this.#link(a.last, b.first);
    return {
      first: plus(a.first, times(b.first, a.empty)),
      last: plus(b.last, times(a.last, b.empty)),
      empty: a.empty * b.empty,
    };
  }

  #link(from: Ways, to: Ways): void {
    for (const [place, ways] of from) {
      const next = this.next[place];
      for (const [follower, more] of to) {
        next?.set(follower, (next.get(follower) ?? 0) + ways * more);
      }
    }
  }

  #repeat({ inner, min, max }: Extract<RegexNode, { kind: 'repeat' }>): Part {
    if (max === 0) return NOTHING;
    if (max > 1 && inner.canBeEmpty) throw new TooLarge();
    let row: Part = NOTHING;
    for (let count = 0; count < min; count += 1) row = this.#behind(row, this.add(inner));
    if (max === Infinity) return this.#behind(row, this.#star(inner));
    let tail: Part = NOTHING;
    for (let count = min; count < max; count += 1) {
      tail = orNothing(this.#behind(this.add(inner), tail));
    }
    return this.#behind(row, tail);
  }

  #star(inner: RegexNode): Part {
    const part = this.add(inner);
    this.#link(part.last, part.first);
    return orNothing(part);
  }
}

function orNothing(part: Part): Part {
  return { ...part, empty: part.empty + 1 };
}

function eitherOf(a: Part, b: Part): Part {
  return {
    first: plus(a.first, b.first),
    last: plus(a.last, b.last),
    empty: a.empty + b.empty,
  };
}

function plus(a: Ways, b: Ways): Ways {
  const sum = new Map(a);
  for (const [place, ways] of b) sum.set(place, (sum.get(place) ?? 0) + ways);
  return sum;
}

function times(ways: Ways, factor: number): Ways {
  if (factor === 0) return new Map();
  return new Map([...ways].map(([place, count]) => [place, count * factor]));
}
