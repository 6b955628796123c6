import type { Silence } from '../partition-store.ts';
import { silentWorkers } from '../silent-workers.ts';
import type { PartitionData } from './partition-data.ts';
import type { StoreClock } from './store-clock.ts';

/** Those that were killed are listed no longer when they were silent for long. */
export function forgetWorkers(data: PartitionData, clock: StoreClock, silence: Silence): void {
  const moment = { nowMs: clock.now(), atMs: clock.monotonicMs() };
  const silent = silentWorkers(data.workers(), silence, moment);
  for (const workerId of silent) data.dropWorker(workerId);
}
