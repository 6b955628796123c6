import { AppError } from '../kernel/errors.ts';
import { isHeld, type Partition, type PartitionEvent, statusAfter } from './partition.ts';

/** What happens to a partition, with all that is told of it. */
export type PartitionChange =
  | { readonly event: 'claim' | 'preempt'; readonly workerId: string; readonly token: number }
  | { readonly event: 'start' }
  | { readonly event: 'expire' }
  | { readonly event: 'requeue' }
  | { readonly event: 'retry' }
  | { readonly event: 'save'; readonly checkpoint: unknown }
  | { readonly event: 'complete' | 'release'; readonly items: number }
  | { readonly event: 'fail'; readonly error: string; readonly nextRunAtMs: number }
  | { readonly event: 'bury'; readonly error: string }
  | { readonly event: 'edit'; readonly options: Partition['options']; readonly priority: number };

const UNHELD_EVENTS = ['fail', 'bury', 'expire', 'requeue', 'retry', 'edit'] as const;
type UnheldEvent = (typeof UNHELD_EVENTS)[number];
type UnheldChange = Extract<PartitionChange, { readonly event: UnheldEvent }>;
type Fields = Partial<Omit<Partition, 'id' | 'min' | 'max' | 'status' | 'version'>>;

const NOBODY = { workerId: '' };

/**
 * The partition after it, one version on; `nowMs` is the store's time.
 * @throws AppError `conflict` when the table of transitions does not have it.
 */
export function changed(partition: Partition, change: PartitionChange, nowMs: number): Partition {
  const { id, status, version } = partition;
  const after = statusAfter(change.event, status);
  if (after === null) throw notAllowed(id, change.event, status);
  return {
    ...partition,
    ...fieldsOf(partition, change, nowMs),
    ...{ status: after, version: version + 1, updatedAtMs: nowMs },
  };
}

function fieldsOf(partition: Partition, change: PartitionChange, nowMs: number): Fields {
  if (isUnheld(change)) return fieldsUnheld(partition, change);
  switch (change.event) {
    case 'claim':
      return holder(change, nowMs);
    case 'preempt':
      return { ...failed(partition), ...holder(change, nowMs), error: lostBy(partition) };
    case 'start':
      return { lastHeartbeatMs: nowMs };
    case 'save':
      return { checkpoint: change.checkpoint, lastHeartbeatMs: nowMs };
    case 'complete':
    case 'release':
      return { ...NOBODY, ...counted(partition, change) };
  }
}

function isUnheld(change: PartitionChange): change is UnheldChange {
  return UNHELD_EVENTS.some((event) => event === change.event);
}

/** Of what happens to partitions that nobody holds then, or that is not their holders' doing. */
function fieldsUnheld(partition: Partition, change: UnheldChange): Fields {
  switch (change.event) {
    case 'fail':
      return { ...failed(partition), error: change.error, nextRunAtMs: change.nextRunAtMs };
    case 'bury':
      return { ...(isHeld(partition.status) ? failed(partition) : {}), error: change.error };
    case 'expire':
      return { ...failed(partition), error: lostBy(partition) };
    case 'requeue':
      return { nextRunAtMs: 0 };
    case 'retry':
      return { attempts: 0, nextRunAtMs: 0 };
    case 'edit':
      return { options: change.options, priority: change.priority };
  }
}

function failed({ attempts }: Partition): Fields {
  return { ...NOBODY, attempts: attempts + 1 };
}

/** A completed one has nothing to tell of the attempts before. */
function counted(
  partition: Partition,
  { event, items }: { readonly event: 'complete' | 'release'; readonly items: number },
): Fields {
  return { items: partition.items + items, ...(event === 'complete' && { error: '' }) };
}

/** What is said of a partition whose holder gave no sign of life any more. */
export function lostBy({ workerId }: Pick<Partition, 'workerId'>): string {
  return `the lease of ${workerId} ran out`;
}

/** Whether one more lost holder was one too many. */
export function isLastAttempt({ attempts }: Pick<Partition, 'attempts'>, attemptsMax: number) {
  return attempts + 1 >= attemptsMax;
}

function holder(
  { workerId, token }: { readonly workerId: string; readonly token: number },
  nowMs: number,
): Fields {
  return { workerId, token, lastHeartbeatMs: nowMs };
}

function notAllowed(id: number, event: PartitionEvent, status: string): AppError {
  return new AppError('conflict', `partition ${id} is ${status}: there is no ${event} of it`);
}
