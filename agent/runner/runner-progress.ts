import type { PartitionStatusView } from '../../shared/domain/partition-status.ts';
import type { SenderLedger } from '../../shared/domain/runner-status.ts';
import type { FrameCounts } from '../framing/framing.ts';
import type { RunnerTotals } from './counters.ts';

/** What a status is made of, as of now. */
export interface RunnerProgress {
  readonly origin: string;
  readonly lagBytes: number;
  /** The reader was told not to read now. */
  readonly isResting: boolean;
  /** Batches that are buffered on disk, of all senders. */
  readonly bufferedBatches: number;
  /** By sender. */
  readonly ledger: Readonly<Record<string, SenderLedger>>;
  readonly totals: RunnerTotals;
  /** Why nothing can move, or null. */
  readonly trouble: string | null;
  readonly elapsedMs: number;
  /** What the reader could not hand out as it was. */
  readonly counts: FrameCounts;
  /** Grows with every batch that is settled. */
  readonly settledBatches: number;
  /** Since when a batch is read and not yet settled (monotonic), or null. */
  readonly inFlightSinceMs: number | null;
  /** Of work that agents share; absent: it is this agent's alone. */
  readonly partition?: PartitionStatusView;
}
