import type { Endpoint } from './instance.ts';
import type { Member } from './member.ts';

/** Who gets a retry: the one behind the last, anybody, or who is likely to answer soonest. */
export type RetryChoice = 'next' | 'random' | 'best';

/** Why there is nobody to call. */
export type Nobody = 'no_instances' | 'circuit_open';

/** Among whom a call finds its instances. `nowMs` is monotonic. */
export interface Choice<Instance extends Endpoint> {
  /** All there are, also those that get nothing now. */
  readonly all: readonly Member<Instance>[];
  /** Who gets the first attempt. */
  pick(key: string | null, nowMs: number): Member<Instance> | Nobody;
  /** Who gets a retry: none of those that were tried while there is another. */
  pickAgain(
    how: RetryChoice,
    tried: readonly Member<Instance>[],
    nowMs: number,
  ): Member<Instance> | Nobody;
  /** Who gets a hedge. */
  pickUntried(
    how: RetryChoice,
    tried: readonly Member<Instance>[],
    nowMs: number,
  ): Member<Instance> | null;
  /** Something is kept from one of them from now on, or something was. */
  lookCloser(): void;
}
