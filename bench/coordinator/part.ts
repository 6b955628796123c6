import type { BenchContext } from '../support/bench-case.ts';
import type { RatioAsked } from '../support/measurements.ts';
import { type Contender, livesFigures } from './contender.ts';

/** One row: how its figures are taken, once a round. `pile` names what that works on. */
export interface Subject {
  readonly name: string;
  readonly run: (pile: string) => Promise<Readonly<Record<string, number>>>;
}

/** What is measured in turns, and how it is compared. */
export interface Part {
  readonly subjects: readonly Subject[];
  readonly ratios: readonly RatioAsked[];
}

/** How many partitions a second are claimed, begun and completed. */
export function livesOf(contender: Contender, context: BenchContext): Subject {
  return {
    name: contender.name,
    run: (pile) => livesFigures(contender, pile, context),
  };
}
