import type { UnitCounts } from './ledger.ts';
import type { PartitionStatusView } from './partition-status.ts';

/**
 * What an agent answers under `GET /logkit/status`: contract section 9. The misspelt
 * `elaspedtime` and `readspeed_kb` (which counts bytes) are the original's; a Go master decodes
 * this into structs, so integers stay integers. `stalled` and `ledger` are ours.
 */
export interface RunnerStatus {
  readonly name: string;
  readonly logpath: string;
  readonly readDataSize: number;
  readonly readDataCount: number;
  readonly elaspedtime: number;
  readonly lag: LagInfo;
  readonly readerStats: StageStats;
  readonly parserStats: StageStats;
  readonly senderStats: Readonly<Record<string, StageStats>>;
  readonly transformStats: Readonly<Record<string, StageStats>>;
  /** Why the runner does not do its work now; absent when it does. */
  readonly error?: string;
  readonly readspeed_kb: number;
  readonly readspeed: number;
  readonly readspeedtrend_kb: Trend;
  readonly readspeedtrend: Trend;
  readonly runningStatus: 'running' | 'stopped';
  readonly tag?: string;
  readonly url?: string;
  readonly history_errors: ErrorsResult;
  /** What could not be read as it was; absent as long as all could. Ours. */
  readonly imperfect?: ImperfectCounts;
  /** What was deleted of the files that were read; absent as long as nothing was. Ours. */
  readonly cleaner?: CleanerStatus;
  /** Of work that agents share; absent where it is this agent's alone. Ours. */
  readonly partition?: PartitionStatusView;
  /** There is work and nothing moved for a while. */
  readonly stalled: boolean;
  /** By sender. */
  readonly ledger: Readonly<Record<string, SenderLedger>>;
}

/**
 * What was read for a sender and what became of it, in lines and bytes of the source; always
 * `read = settled + inFlight`.
 */
export interface SenderLedger {
  readonly read: Amount;
  readonly settled: Amount & UnitCounts;
  /** In memory, or buffered on disk. */
  readonly inFlight: Amount;
}

interface Amount {
  readonly units: number;
  readonly bytes: number;
}

/** Since the agent was started. */
export interface CleanerStatus {
  readonly deleted_files: number;
  readonly deleted_bytes: number;
  /** Its path. */
  readonly last_deleted?: string;
  /** Why a file that is to be deleted is still there. */
  readonly error?: string;
}

/** Since the reader was opened. */
export interface ImperfectCounts {
  /** Lines that were too long and were cut, or split where several were joined to one. */
  readonly cut_lines: number;
  /** Characters that mean nothing in the encoding of the source. */
  readonly bad_chars: number;
  /** Lines that are no container log where one was expected. */
  readonly foreign_lines: number;
}

export type Trend = '' | 'up' | 'down' | 'stable';

export interface LagInfo {
  /** Bytes between what was read and the end of the sources; `ftlags`: batches that are buffered. */
  readonly size: number;
  readonly sizeunit: '' | 'bytes';
  readonly ftlags: number;
  readonly total: number;
}

export interface StageStats {
  readonly errors: number;
  readonly success: number;
  /** Records per second, a whole number. */
  readonly speed: number;
  readonly trend: Trend;
  readonly last_error: string;
}

/** One error text with how often it came in a row. `timestamp` is Unix nanoseconds. */
export interface HistoryError {
  readonly error: string;
  readonly timestamp: bigint;
  readonly count: number;
}

export interface ErrorsResult {
  readonly read_errors: readonly HistoryError[] | null;
  readonly parse_errors: readonly HistoryError[] | null;
  readonly transform_errors: Readonly<Record<string, readonly HistoryError[]>> | null;
  readonly send_errors: Readonly<Record<string, readonly HistoryError[]>> | null;
}
