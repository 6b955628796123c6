import { z } from 'zod';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** More could not be told apart by the offsets of records. */
const SIZE_MAX = 1_000_000_000_000_000;

const ms = (fallback: number, min: number) => z.int().min(min).max(DAY_MS).default(fallback);

/** How agents share the work of a runner: the part `partition` of its configuration. */
export const PartitionConfig = z.strictObject({
  /** The same on all agents that share the work, and of no other work. */
  key: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, {
    error: 'must be 1 to 64 letters, digits, _ or -, such as "orders"',
  }),
  /** IDs a partition; absent: what the reader takes. */
  size: z
    .union([z.int().min(1).max(SIZE_MAX), z.string().regex(/^[1-9]\d{0,14}$/)], {
      error: `must be a whole number from 1 to ${SIZE_MAX}`,
    })
    .optional(),
  /** How many partitions an agent reads at a time. */
  window: z.int().min(1).max(100).default(1),
  /** How the store keeps them: each for itself, or all in one text; the same on all agents. */
  strategy: z.enum(['hash', 'simple'], { error: 'must be "hash" or "simple"' }).default('hash'),
  /** Agents take over from one that has died themselves, before the leader gives its partitions back. */
  preempt: z.boolean().default(false),
  /** After so many attempts that failed a partition is dead, until somebody retries it. */
  attempts_max: z.int().min(1).max(1_000).default(5),
  /** So long an attempt may take; 0: no limit. */
  task_timeout_ms: ms(0, 0),
  /** An agent that gives no sign of life for so long loses what it holds. */
  lease_ms: ms(30_000, 1_000),
  /** How often the leader looks whether there is something to plan. */
  planner_interval_ms: ms(10_000, 100),
});
export type PartitionConfig = z.output<typeof PartitionConfig>;
