import type { BenchContext } from '../support/bench-case.ts';
import type { Subject } from '../support/part.ts';
import { type Contender, livesFigures } from './contender.ts';

/** How many partitions a second are claimed, begun and completed. */
export function livesOf(contender: Contender, context: BenchContext): Subject {
  return {
    name: contender.name,
    run: (pile) => livesFigures(contender, pile, context),
  };
}
