import { z } from 'zod';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const ms = (fallback: number, min = 1) => z.int().min(min).max(DAY_MS).default(fallback);
const count = (fallback: number, max: number) => z.int().min(1).max(max).default(fallback);

/** How a coordinator behaves; the first eight are the original's, with the defaults of its README. */
export const CoordinatorOptions = z.strictObject({
  heartbeat_interval_ms: ms(10 * SECOND_MS).describe(
    'How often a worker tells that it is there; a lease is renewed three times before it ends at least.',
  ),
  leader_election_interval_ms: ms(3 * MINUTE_MS).describe(
    'The longest that a candidate waits before it looks again whether somebody leads.',
  ),
  partition_lock_expiry_ms: ms(3 * MINUTE_MS, 10).describe(
    'A partition whose holder gave no sign of life for so long is free for others.',
  ),
  leader_lock_expiry_ms: ms(30 * SECOND_MS, 10).describe(
    'A leader that gave no sign of life for so long leads no more.',
  ),
  worker_partition_multiple: count(5, 1_000).describe(
    'How many partitions the leader plans ahead for each worker.',
  ),
  task_window: count(1, 1_000).describe('How many partitions a worker has at work at a time.'),
  allow_preemption: z
    .boolean()
    .default(false)
    .describe('Workers take partitions whose leases are over themselves, before the leader does.'),
  rebalance_delay_ms: ms(0, 0).describe(
    'A worker that has gone keeps its share of the work for so long, so that its restart moves nothing.',
  ),
  allocation_interval_ms: ms(2 * MINUTE_MS).describe(
    'How often the leader looks whether there is something to plan.',
  ),

  first_id: z.bigint().default(1n).describe('The first ID that is planned.'),
  pending_max: count(1_000, 1_000_000).describe('No more is planned while so many wait.'),
  attempts_max: count(5, 1_000).describe('After so many attempts that failed one is dead.'),
  retry_first_ms: ms(1 * SECOND_MS, 0).describe(
    'About how long the second attempt waits; it doubles from one to the next.',
  ),
  retry_max_ms: ms(5 * MINUTE_MS, 0).describe('The longest that an attempt waits.'),
  task_timeout_ms: ms(0, 0).describe('So long a processor has for a partition; 0: no limit.'),
  task_grace_ms: ms(10 * SECOND_MS, 0).describe(
    'So long a processor is waited for that was told to end.',
  ),
  unresponsive_after_ms: ms(10 * MINUTE_MS).describe(
    'A process whose event loop stands still for so long loses what it holds, where tasks have no time-out of their own (then it is that).',
  ),
  claim_interval_ms: ms(1 * SECOND_MS).describe(
    'How often a worker that has room looks for work that nobody has told it of.',
  ),
  tend_interval_ms: ms(1 * SECOND_MS).describe(
    'How often the leader takes back what leases have run out on, requeues what is due, and does commands.',
  ),
  worker_forget_after_ms: ms(60 * MINUTE_MS).describe(
    'A worker that was killed is listed as inactive for so long; of more than 1,000 those go first that were silent longest.',
  ),
  gap_interval_ms: ms(0, 0).describe(
    'How often the leader looks for IDs that are in no partition; 0: never.',
  ),
  gap_mode: z
    .enum(['full', 'incremental', 'discrete'])
    .default('full')
    .describe(
      'What it looks at: all, what is new since, or all but only gaps with data are filled.',
    ),
  breaker_consecutive_failures: count(5, 1_000_000).describe(
    'So many partitions that failed one after another keep a worker from claiming more,',
  ),
  breaker_total_failures: count(10, 1_000_000).describe(
    'or so many different ones within the window,',
  ),
  breaker_window_ms: ms(5 * MINUTE_MS).describe('which is so long;'),
  breaker_open_ms: ms(30 * SECOND_MS).describe('for so long, and then'),
  breaker_half_open_max: count(2, 1_000).describe('so many are tried at a time.'),
});
export type CoordinatorOptions = z.output<typeof CoordinatorOptions>;
