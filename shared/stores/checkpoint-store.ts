/** Where a file that a sender appends to ended when its last batch was committed. */
export interface SinkPosition {
  /** The real path of the file. */
  readonly path: string;
  /** Device and inode, as text: a file that was replaced is another file. */
  readonly identity: string;
  readonly size: number;
}

/** What one batch changes; all of it is kept, or none. */
export interface CheckpointCommit {
  readonly runner: string;
  /** The source the batch came from, and what it resumes from. Absent: only totals change. */
  readonly source?: { readonly id: string; readonly position: unknown };
  /** Sources that are finished with and gone; their positions are dropped. */
  readonly forgetSources?: readonly string[];
  readonly sinks: readonly SinkPosition[];
  /** The runner's counters, which survive a restart; any JSON value. */
  readonly totals: unknown;
}

export interface Checkpoints {
  readonly positions: ReadonlyMap<string, unknown>;
  /** Null when the runner never committed. */
  readonly totals: unknown;
}

/**
 * Port: what must survive the death of the process for each runner. One engine: SQLite in a worker
 * thread (`sqlite-checkpoint-store.ts`); a commit that resolved survives `kill -9`.
 * All methods throw AppError `unavailable` when the disk refuses.
 */
export interface CheckpointStore {
  load(runner: string): Promise<Checkpoints>;
  commit(commit: CheckpointCommit): Promise<void>;
  /** Forgets positions and totals of a runner: it reads everything again. Sinks stay known. */
  forget(runner: string): Promise<void>;
  /** The last committed end of a file, whichever runner wrote it; null when none is known. */
  sink(path: string): Promise<SinkPosition | null>;
  close(): Promise<void>;
}
