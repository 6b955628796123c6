import type { LedgerRange } from '../../shared/domain/ledger.ts';
import type { AppError } from '../../shared/kernel/errors.ts';
import type { DeadLetter } from '../../shared/stores/checkpoint-store.ts';
import type { Sender } from '../plugins/plugin.ts';
import type { Attempts, Delivered } from './attempt.ts';
import type { RunnerTotals } from './counters.ts';
import type { LaneCounts } from './lane-counts.ts';
import type { Parcel } from './parcel.ts';

export interface Signals {
  /** No new work and no further attempt. */
  readonly quit: AbortSignal;
  /** What is under way is given up. */
  readonly giveUp: AbortSignal;
}

/** What a commit has to say of a batch that a sink has. */
export interface Settled {
  readonly settled: readonly { readonly sender: string; readonly range: LedgerRange }[];
  readonly deadLetters: readonly DeadLetter[];
  readonly count: (totals: RunnerTotals) => void;
  /** Called once it is committed. */
  readonly done: () => void;
}

/** The sender that the buffer is emptied to. */
export interface Outlet {
  readonly name: string;
  readonly sender: Sender;
  readonly counts: LaneCounts;
  attempts(parcel: Parcel): Attempts;
  /** Sends until the sink has accepted; null when it was given up, or may not try again. */
  send(attempts: Attempts, signals: Signals): Promise<Delivered | null>;
  settlement(parcel: Parcel, delivered: Delivered): Settled;
  failed(error: AppError): void;
}
