import { z } from 'zod';

/**
 * What the processes of this case are asked, whatever they work with: to get ready, to begin, how
 * far they are, and to end. Times are those of the monotonic clock that all processes of a host share.
 */
export const Begun = z.object({ atMs: z.number() });
export const Progress = z.object({ lives: z.int(), lastMs: z.number() });
export const Ended = Progress.extend({ claimsMs: z.array(z.number()) });
export type Ended = z.infer<typeof Ended>;

export const WorkQuestion = z.discriminatedUnion('ask', [
  /** `open` is for the one that is asked alone. */
  z.object({ ask: z.literal('open'), open: z.unknown() }),
  z.object({ ask: z.literal('begin') }),
  z.object({ ask: z.literal('so far') }),
  z.object({ ask: z.literal('end') }),
]);

export function hostMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
