import type { Logger } from 'pino';
import type { z } from 'zod';
import type { ClientTls } from '../../shared/client/exchange.ts';
import type { HttpClient } from '../../shared/client/http-client.ts';
import type { PiecePlanner, Planner } from '../../shared/coordinator/processor.ts';
import type { Partition } from '../../shared/domain/partition.ts';
import type { PluginOptions } from '../../shared/domain/runner-config.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import type { FrameCounts } from '../framing/framing.ts';
import type { Acceptance } from '../sink/acceptance.ts';
import type { SinkFiles } from '../sink/sink-files.ts';

/** Everything a plugin may use from the outside world, beyond its own protocol. */
export interface PluginContext {
  readonly runner: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Logger;
  readonly http: HttpClient;
  /** A client with this TLS instead of the agent's; whoever opens it closes it. */
  readonly openHttp: (tls: ClientTls) => HttpClient;
  /** The files that senders of this agent append to; one appender a path, whoever shares it. */
  readonly files: SinkFiles;
  /** What is accepted is to survive the loss of power, and not only the end of the process. */
  readonly isSynced: boolean;
  /** Go time layouts of the main configuration (`timeformat_layouts`). */
  readonly timeLayouts: readonly string[];
  /** The environment of the process, which tells where it runs. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The bytes of a source that a batch is made of, [start, end), before anything was cut, decoded or
 * joined. `crc` is zlib's crc32 of them. A source that was written anew has a new generation.
 */
export interface SourceRange {
  readonly generation: number;
  readonly start: number;
  readonly end: number;
  readonly crc: number;
}

/**
 * Whole lines of one source, as bytes. `bytes` holds `lines` lines, each with its line break; where
 * a reader joins several lines to one, that one counts. `position` is what the source resumes from
 * once the batch is settled. A batch of no lines only carries a position, so that a file is known
 * before its first line is whole.
 */
export interface SourceBatch {
  /** The stable id of the source; positions are kept per source. */
  readonly source: string;
  /** What a person knows the source by: the path of the file. */
  readonly origin: string;
  readonly bytes: Buffer;
  readonly lines: number;
  readonly range: SourceRange;
  /**
   * Where each line ends in `bytes`, behind its line break; null: behind its line feed, the only
   * one it has.
   */
  readonly ends: Uint32Array | null;
  /** No line begins with white space, so that none is blank; absent: not known. */
  readonly isFilled?: boolean;
  /** Where each line begins in the source; null: as far behind `range.start` as it is in `bytes`. */
  readonly offsets: Float64Array | null;
  /**
   * The first line of the source as it is now that is not blank, with its line break, where this
   * batch does not begin with it: a parser may take the names of columns from there. Null: the batch
   * begins with it, or it is longer than 64 KiB.
   */
  readonly firstLine: Buffer | null;
  readonly position: unknown;
  /**
   * Called once the batch is committed: every sink has it, or the disk buffer of a sink that is
   * away. Never called for a batch that was given up: that one is asked for again. A source that
   * must be told so (a queue, a client that waits for its answer) is told here. Must not throw.
   */
  readonly settled?: () => void;
  /**
   * Called once the batch is settled and nobody sends it any more: `bytes` may be overwritten from
   * then on. Not called for one that is given up, or still on its way to a sender that was left
   * behind: a sink may look at it for as long as it likes, and the garbage collector has it then.
   */
  readonly release?: () => void;
}

export interface Lag {
  readonly bytes: number;
}

/**
 * A reader at work. Pulling `batches` is back-pressure; it ends when the signal given to `open`
 * aborts, and cleans up in its own `finally`. It never saves its position: the runner does, after
 * the senders accepted the batch.
 */
export interface Reader {
  /** Shown as `logpath`. */
  readonly origin: string;
  readonly batches: AsyncIterable<SourceBatch>;
  /** How far behind it is, as last seen; must cost nothing. */
  lag(): Lag;
  /** What could not be handed out as it was, since it was opened; must cost nothing. */
  counts?(): FrameCounts;
  /** Why it cannot read now ("permission denied ..."), or null when it can. */
  trouble(): string | null;
  /** It reads nothing now because it was told so: what is unread is as it should be. */
  isResting?(): boolean;
  /**
   * Sources that are read to their end and whose files are gone, each told once: their positions
   * may be forgotten with the next commit. A source is told only after the batch that follows its
   * last one was asked for, so a caller that settles one batch at a time forgets nothing too soon.
   */
  gone?(): readonly string[];
  /**
   * Whether something unread is about to be out of reach, such as a file that was rotated away.
   * Asked while batches are not pulled; a reader without it can always read again.
   */
  isLosing?(): Promise<boolean>;
}

/** How much a reader may hand out at once, and how long it may wait for that much. */
export interface BatchLimits {
  /** Lines a batch at most; 0 means no limit. */
  readonly lines: number;
  readonly bytes: number;
  /** An unfilled batch waits at most this long for more lines. */
  readonly lingerMs: number;
  /** A longer line is cut to this many bytes and counted; 0 means the reader's own limit. */
  readonly lineBytes: number;
}

export type SealedRange = Omit<SourceRange, 'crc'>;

export interface ReaderOpening {
  /** Positions by source id, as committed last; empty at the first start or after a reset. */
  readonly positions: ReadonlyMap<string, unknown>;
  /**
   * By source: what was being sent when the process ended. The first batch of that source must be
   * exactly this range again, whatever the limits say, so that a sink knows it.
   */
  readonly sealed: ReadonlyMap<string, SealedRange>;
  readonly limits: BatchLimits;
  /** Aborts when the runner stops reading. */
  readonly signal: AbortSignal;
}

/** Work of a reader that agents may share: each partition of it is read by itself, to its end. */
export interface PartitionedSource {
  readonly planner: Planner | PiecePlanner;
  /**
   * A reader of one partition. It ends by itself when everything in it was handed out; positions and sealed ranges are as for
   * any reader, kept with the partition. Batches are cut the same way from the same position, whoever reads.
   */
  open(
    partition: Pick<Partition, 'id' | 'min' | 'max' | 'options'>,
    opening: ReaderOpening,
  ): Reader;
  close(): Promise<void>;
  /** The first ID there is, for a planner of numbers; null: there is none yet. Absent: 1. */
  firstId?(signal: AbortSignal): Promise<bigint | null>;
}

/** What a runner's `partition` says to its reader. */
export interface PartitionSettings {
  /** IDs a partition; null: the reader's own choice. */
  readonly size: bigint | null;
}

/** Text or a JSON value; a number that a double cannot hold is a `JSON.rawJSON` object. */
export type LogRecord = Record<string, unknown>;

/**
 * Parsed records, shown in the form that the next stage wants. Forms are made on demand and kept,
 * so that what nobody looks at is never made: raw lines that a file sender passes on stay the
 * bytes that were read.
 */
export interface Records {
  readonly count: number;
  /** One object a record. Transforms change these in place; see `ObjectRecords`. */
  objects(): LogRecord[];
  /**
   * One JSON text a record, each ended by a line feed. These may be the very bytes of the batch:
   * who needs them after it is settled takes a copy.
   */
  ndjson(): Buffer;
  /** The `raw` fields, one after another, as they came; perhaps the very bytes of the batch, too. */
  raw(): Buffer;
  /**
   * A copy of those at these places, in rising order, in the form that these are in; absent: that
   * takes objects.
   */
  pick?(places: readonly number[]): Records;
  /** Called at most once, when nobody will look at the records any more: with that of the batch. */
  release?(): void;
}

/** A line that did not parse and becomes a dead letter, instead of a record. */
export interface Unparsed {
  /** Its index in the batch, blank lines counted. */
  readonly line: number;
  readonly reason: string;
  /** The line that names its columns, where it cannot be parsed without. */
  readonly head?: string;
}

export interface Parsed {
  readonly records: Records;
  /** Lines that made records. */
  readonly success: number;
  /** Lines that did not parse; what became of them is the parser's options' say. */
  readonly errors: number;
  /** How many of the lines with errors made no record. */
  readonly dropped: number;
  /**
   * Those of the dropped ones that are to be dead letters, in rising order, or as many of them as
   * are too many for any sender; absent: none.
   */
  readonly unparsed?: readonly Unparsed[];
  readonly lastError: string;
  /**
   * For each record the index of its line in the batch, blank lines counted, in rising order; null:
   * the i-th record is of the i-th line, which is the rule and costs nothing.
   */
  readonly lineOf: readonly number[] | null;
}

/** A form of records that the next stage can take; one that takes NDJSON can take objects, too. */
export type RecordForm = 'ndjson' | 'objects';

export interface Parser {
  /** It makes NDJSON sooner than objects, when that is wanted. */
  readonly makesText?: boolean;
  /** `wanted`: the form in which the records will be asked for, so that no other need be made. */
  parse(batch: SourceBatch, wanted?: RecordForm): Parsed;
}

export interface Transformed {
  readonly records: LogRecord[];
  readonly errors: number;
  readonly lastError: string;
  /**
   * Of which of the given records each one is, by its place; absent where that shows. A transform
   * that may both leave out records and make several of one tells it.
   */
  readonly from?: readonly number[];
}

/** A change of one top-level field. */
export type FieldEdit =
  | {
      readonly kind: 'add';
      readonly name: string;
      readonly value: unknown;
      /** Of a record that has the field: `keep` leaves it alone, `ask` leaves it to `apply`. */
      readonly whenPresent: 'keep' | 'ask';
    }
  /** A record without the field, or with one of the new name, is left to `apply`. */
  | { readonly kind: 'rename' | 'copy'; readonly name: string; readonly to: string }
  | { readonly kind: 'remove'; readonly name: string };

export interface Transform {
  /**
   * All that it does, where that can be done to a record's JSON text: nothing is parsed then. What
   * comes out means the same as what `apply` makes; only the order of the fields may differ.
   */
  readonly edits?: readonly FieldEdit[];
  /**
   * Where it is at work before the parser: what becomes of a raw line, given without its line
   * break; null: it is dropped. An Error says why the line goes on as it is. `apply` is not called.
   */
  readonly applyToLine?: (line: string) => string | null;
  /**
   * May change the records in place or put others in their places, one for one. One that returns
   * fewer or more of them returns the very objects that it keeps, in their order, and puts what it
   * makes of a record behind it.
   *
   * `ids` tells records apart, in their order: the id of each is the same however often it is read,
   * and in whatever batch. Absent: nobody knows (records that are tried out).
   */
  apply(records: LogRecord[], ids?: () => readonly string[]): Transformed;
  /**
   * Told of each batch that was read, before it is processed: what it should wait for, such as a
   * look-up, or null. That ends soon whatever becomes of it, and never rejects. Of what comes out of
   * a buffer it is not told.
   */
  readonly expect?: (batch: Pick<SourceBatch, 'origin'>) => Promise<void> | null;
  /** Called when nothing is given to it any more. */
  close?(): void;
}

/** What a sink may know a batch by, or a part of one. */
export interface Delivery {
  /** The same for the same records whenever they are sent again, also after a restart. */
  readonly key: string;
}

export interface Sender {
  /** The form of the records that it asks for; absent: objects. */
  readonly wants?: RecordForm;
  /** Sends the key along: what a batch is made of is kept on disk before it is first sent. */
  readonly sendsKey?: boolean;
  /**
   * True for a sender that has files to itself from its acceptance to the commit. It is asked last,
   * when every other sender has accepted, so that nobody waits for a file while some sink is away.
   */
  readonly holdsFiles?: boolean;
  /** The default name, when the configuration gives none: contract section 9. */
  readonly name: string;
  /**
   * Resolves when the sink has the whole batch.
   * @throws AppError `unavailable` or `timeout`: worth a retry of the same batch; any other kind:
   * the batch itself is refused, and will be again. `RecordsRefused`: some record in it is refused,
   * and others may be taken.
   */
  send(records: Records, signal: AbortSignal, delivery: Delivery): Promise<Acceptance>;
  close(): Promise<void>;
}

export interface SpecBase<Options> {
  readonly type: string;
  /** What it does, in a sentence: "Follows one file, also when it is rotated." */
  readonly usage: string;
  /** Original's string options in, typed options with defaults out; each with a description. */
  readonly options: z.ZodType<Options>;
  /** Options whose values are never shown. */
  readonly secrets?: readonly string[];
}

export interface ReaderSpec<Options> extends SpecBase<Options> {
  /** Asked once when a runner is added or changed: throws what would keep it from ever reading. */
  check?(options: Options, context: PluginContext): Promise<void>;
  /** It starts programs of the user's choice, which the policy must allow. */
  readonly startsPrograms?: boolean;
  /** Paths (not patterns: their fixed part) that the policy must allow to be read. */
  readPaths?(options: Options): readonly string[];
  /** Whether a file of this path is one that it would read: no sender may write there. */
  reads?(options: Options, path: string): boolean;
  /** Files that were read and not written to for so long are to be deleted; null: none are. */
  deletesAfterMs?(options: Options): number | null;
  open(options: Options, opening: ReaderOpening, context: PluginContext): Reader;
  /**
   * The same as work that agents share; absent: this reader's cannot be.
   * @throws AppError `invalid` for options with which it cannot be.
   */
  readonly partitioned?: (
    options: Options,
    partition: PartitionSettings,
    context: PluginContext,
  ) => PartitionedSource;
}

export interface ParserSpec<Options> extends SpecBase<Options> {
  /** A line or a few that it parses, to try it with; empty where there is no typical one. */
  readonly sampleLog: string;
  /** Its records are of several lines: the reader's `head_pattern`, where none is given. */
  readonly headPattern?: string;
  /** Files that it reads when it is opened; the policy must allow them to be read. */
  readPaths?(options: Options): readonly string[];
  open(options: Options, context: PluginContext): Parser;
}

export interface TransformSpec<Options> extends SpecBase<Options> {
  /** Files that it reads when it is opened; the policy must allow them to be read. */
  readPaths?(options: Options): readonly string[];
  open(options: Options, context: PluginContext): Transform;
}

export interface SenderSpec<Options> extends SpecBase<Options> {
  /** Paths (the fixed part before any date pattern) that the policy must allow to be written. */
  writePaths?(options: Options): readonly string[];
  open(options: Options, context: PluginContext): Promise<Sender>;
}

/** What is told of a plugin to people and programs that are about to configure it. */
export interface PluginInfo {
  readonly type: string;
  readonly usage: string;
  /** Of its options; carries their descriptions, defaults and choices. */
  readonly schema: z.ZodType;
  readonly secrets: readonly string[];
}

/** A plugin with its options checked at run time, so that a catalog can hold it. */
export interface ReaderPlugin extends PluginInfo {
  readonly startsPrograms: boolean;
  /** Agents may share what it reads. */
  readonly hasPartitions: boolean;
  configure(options: PluginOptions): {
    check(context: PluginContext): Promise<void>;
    readPaths(): readonly string[];
    reads(path: string): boolean;
    deletesAfterMs(): number | null;
    open(opening: ReaderOpening, context: PluginContext): Reader;
    readonly partitioned?: (
      partition: PartitionSettings,
      context: PluginContext,
    ) => PartitionedSource;
  };
}

export interface ParserPlugin extends PluginInfo {
  readonly sampleLog: string;
  readonly headPattern?: string;
  configure(options: PluginOptions): {
    readPaths(): readonly string[];
    open(context: PluginContext): Parser;
  };
}

export interface TransformPlugin extends PluginInfo {
  configure(options: Readonly<Record<string, unknown>>): {
    readPaths(): readonly string[];
    open(context: PluginContext): Transform;
  };
}

export interface SenderPlugin extends PluginInfo {
  configure(options: PluginOptions): {
    writePaths(): readonly string[];
    open(context: PluginContext): Promise<Sender>;
  };
}
