/** The figures of all rounds, in short. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** One thing that was measured; each figure's name ends in its unit. */
export interface RowFigures {
  readonly name: string;
  readonly rounds: number;
  readonly figures: Readonly<Record<string, Spread>>;
}

export type Target = { readonly at_least: number } | { readonly at_most: number };

/** Figures of the same round divided by each other, or one figure against a limit. */
export interface RatioFigure extends Spread {
  readonly name: string;
  /** `wall_ms`, or `ratio of wall_ms`. */
  readonly figure: string;
  readonly target: (Target & { readonly met: boolean }) | null;
}

export interface RatioAsked {
  readonly figure: string;
  readonly of: string;
  /** The row to divide by; without one the figure itself is held against the target. */
  readonly to?: string;
  readonly target?: Target;
  /** True: not the median has to reach it, but each round. */
  readonly isEveryRound?: boolean;
}

/**
 * Collects figures round by round. A ratio is taken within each round, where both sides have seen
 * the same machine at nearly the same time, and only then is the median taken.
 */
export class Measurements {
  readonly #rounds = new Map<string, Readonly<Record<string, number>>[]>();

  add(row: string, figures: Readonly<Record<string, number>>): void {
    const rounds = this.#rounds.get(row);
    if (rounds === undefined) this.#rounds.set(row, [figures]);
    else rounds.push(figures);
  }

  has(row: string): boolean {
    return this.#rounds.has(row);
  }

  rows(): RowFigures[] {
    return [...this.#rounds].map(([name, rounds]) => ({
      name,
      rounds: rounds.length,
      figures: Object.fromEntries(
        Object.keys(rounds[0] ?? {}).map((figure) => [
          figure,
          spreadOf(this.#values(name, figure)),
        ]),
      ),
    }));
  }

  ratio({ figure, of, to, target, isEveryRound = false }: RatioAsked): RatioFigure {
    const ours = this.#values(of, figure);
    const theirs = to === undefined ? ours.map(() => 1) : this.#values(to, figure);
    const spread = spreadOf(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
    return {
      name: to === undefined ? of : `${of} / ${to}`,
      figure: to === undefined ? figure : `ratio of ${figure}`,
      ...spread,
      target: target === undefined ? null : { ...target, met: isMet(target, spread, isEveryRound) },
    };
  }

  #values(row: string, figure: string): number[] {
    const rounds = this.#rounds.get(row) ?? [];
    return rounds.map((figures) => figures[figure] ?? Number.NaN);
  }
}

function isMet(target: Target, { median, min, max }: Spread, isEveryRound: boolean): boolean {
  return 'at_least' in target
    ? (isEveryRound ? min : median) >= target.at_least
    : (isEveryRound ? max : median) <= target.at_most;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const last = sorted.length - 1;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const median = (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2;
  return { median: rounded(median), min: rounded(at(0)), max: rounded(at(last)) };
}

/** Four digits: more would only seem exact. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
