import type { LedgerRange, UnitCounts } from '../domain/ledger.ts';

/** Where a file that a sender appends to ended when its last batch was committed. */
export interface SinkPosition {
  /** The real path of the file. */
  readonly path: string;
  /** Device and inode, as text: a file that was replaced is another file. */
  readonly identity: string;
  readonly size: number;
}

/** Bytes [start, end) of a source that are being sent, and must be sent as one batch again. */
export interface Seal {
  readonly source: string;
  readonly generation: number;
  readonly start: number;
  readonly end: number;
}

/** Before the source's id: names that no sender has. */
const HEAD_MARK = '\n';
/** As an earlier version named it, which kept one of all sources. */
const FORMER_HEAD_SEAL = '';

/** Under this name lies the seal of what was read last of a source, and goes to all senders. */
export function headSeal(source: string): string {
  return HEAD_MARK + source;
}

export function isHeadSeal(name: string): boolean {
  return name === FORMER_HEAD_SEAL || name.startsWith(HEAD_MARK);
}

/** A batch that a sender has not had yet; its bytes are in a file of the sender's buffer. */
export interface BufferedBatch {
  readonly sender: string;
  /** Grows with each batch of the runner; the order in which a sender must have them. */
  readonly seq: number;
  /** Its units are all counted as not yet settled. */
  readonly units: number;
  readonly range: Omit<LedgerRange, 'units'>;
  /** Which segment file, where in it, how many bytes, and their crc32. */
  readonly stored: {
    readonly segment: number;
    readonly at: number;
    readonly bytes: number;
    readonly crc: number;
  };
  /** What else is needed to make the batch again; any JSON value. */
  readonly facts: unknown;
}

/** A record that its sink refused, or a line that did not parse. */
export interface DeadLetter {
  readonly sender: string;
  readonly source: string;
  /** The path, for people. */
  readonly origin: string;
  readonly generation: number;
  /** The bytes of the source that the batch came from. */
  readonly start: number;
  readonly end: number;
  /** The record as JSON text; of a line that did not parse no object. */
  readonly record: string;
  /**
   * Tells the units of those bytes apart. Null: the unit counts as delivered, since another record
   * of it was.
   */
  readonly unit: number | null;
  readonly reason: string;
  /** Epoch ms. */
  readonly atMs: number;
  /** The same for the same record of the same source; absent: of an earlier version. */
  readonly name?: string;
}

/** A position that somebody moved: what lies between was skipped, or is read again. */
export interface Move {
  readonly source: string;
  readonly generation: number;
  readonly from: number;
  readonly to: number;
  /** Epoch ms. */
  readonly atMs: number;
}

export interface KeptDeadLetter extends DeadLetter {
  readonly id: number;
}

/** What one batch changes; all of it is kept, or none. */
export interface CheckpointCommit {
  readonly runner: string;
  /** The source the batch came from, and what it resumes from. Absent: the source stays where it is. */
  readonly source?: { readonly id: string; readonly position: unknown };
  /** Positions that somebody moved by hand, and what each source goes on from now. */
  readonly moved?: readonly { readonly move: Move; readonly position: unknown }[];
  /** Sources that are finished with and gone; their positions are dropped. */
  readonly forgetSources?: readonly string[];
  readonly sinks: readonly SinkPosition[];
  /** The runner's counters, which survive a restart; any JSON value. */
  readonly totals: unknown;
  /** What was read for each of these senders: settled in this commit, or buffered. */
  readonly read?: {
    readonly senders: readonly string[];
    readonly units: number;
    readonly bytes: number;
  };
  readonly settled?: readonly { readonly sender: string; readonly range: LedgerRange }[];
  readonly buffered?: readonly BufferedBatch[];
  /** Buffered batches that are dealt with. */
  readonly unbuffered?: readonly Pick<BufferedBatch, 'sender' | 'seq' | 'range'>[];
  /** Of buffered batches that are being sent already. */
  readonly sealed?: readonly { readonly sender: string; readonly seal: Seal }[];
  readonly deadLetters?: readonly DeadLetter[];
  /** Of these none is kept whose name is known already. */
  readonly areLettersOnce?: boolean;
  /** Nothing is kept of a commit by which a sender would have more dead letters than this. */
  readonly lettersMax?: number;
  /** Dead letters that were replayed, by id. */
  readonly revived?: readonly number[];
  /** Dead letters of lines that parsed by now, and of which nothing was to be sent. */
  readonly filteredLetters?: readonly number[];
  /** Also safe from a power cut when it resolves; otherwise from the death of the process. */
  readonly isSynced?: boolean;
}

/** What is known of one sender of a runner. */
export interface LaneState {
  readonly readUnits: number;
  readonly readBytes: number;
  readonly settled: UnitCounts;
  readonly settledBytes: number;
  readonly bufferedBatches: number;
  readonly bufferedUnits: number;
  /** In the source, as it was read. */
  readonly bufferedSourceBytes: number;
  /** On the disk. */
  readonly bufferedBytes: number;
  readonly deadLetters: number;
}

export interface Checkpoints {
  readonly positions: ReadonlyMap<string, unknown>;
  /** Null when the runner never committed. */
  readonly totals: unknown;
  /** Names this life of the runner: a reset begins a new one. */
  readonly epoch: string;
  /** What was being sent, by sender; under `headSeal(source)` what was read last, and goes to all. */
  readonly seals: ReadonlyMap<string, Seal>;
  /** By the name of the sender, also of those that the runner does not have any more. */
  readonly lanes: ReadonlyMap<string, LaneState>;
  readonly lastSeq: number;
}

/**
 * Port: what must survive the death of the process for each runner. One engine: SQLite in a worker
 * thread (`sqlite-checkpoint-store.ts`); a commit that resolved survives `kill -9`.
 * All methods throw AppError `unavailable` when the disk refuses.
 */
export interface CheckpointStore {
  /** `freshEpoch` becomes the epoch of a runner that has none. */
  load(runner: string, freshEpoch: string): Promise<Checkpoints>;
  commit(commit: CheckpointCommit): Promise<void>;
  /**
   * Keeps what is about to be sent to `sender` (`headSeal(source)`: to all). A commit of units of a
   * source lifts its head seal, that of what was buffered the seal of its sender.
   */
  seal(runner: string, sender: string, seal: Seal): Promise<void>;
  /** Forgets a runner but for its sinks: it reads everything again. */
  forget(runner: string): Promise<void>;
  /** The last committed end of a file, whichever runner wrote it; null when none is known. */
  sink(path: string): Promise<SinkPosition | null>;
  /** The oldest buffered batches of a sender behind `afterSeq`. */
  buffered(query: BufferQuery): Promise<BufferedBatch[]>;
  /** The lowest number of a segment that still holds something buffered, or null. */
  lowestSegment(runner: string, sender: string): Promise<number | null>;
  ledger(runner: string): Promise<SenderRange[]>;
  deadLetters(runner: string, afterId: number, max: number): Promise<KeptDeadLetter[]>;
  dropDeadLetters(runner: string, ids: readonly number[]): Promise<void>;
  /** Writes a copy of everything, as of now, to a new file. */
  backup(path: string): Promise<void>;
  close(): Promise<void>;
}

export interface BufferQuery {
  readonly runner: string;
  readonly sender: string;
  readonly afterSeq: number;
  readonly max: number;
}

export interface SenderRange extends LedgerRange {
  readonly sender: string;
}
