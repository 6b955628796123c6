import type { Covered } from './coverage.ts';
import { BUCKETS, bucketOf, LineDigest, lineHash } from './line-digest.ts';
import { type LineFlaws, type LinePlace, LineTally } from './line-tally.ts';
import type { Passage } from './passage.ts';
import type { FoundSource } from './source-files.ts';
import { chunksOf, type OnLine, type StoredFile, scanLines } from './stored-file.ts';

/** Lines that are counted one by one; about 300 MB. Beyond, a part of the buckets is looked at. */
const TALLIED_LINES_MAX = 1_000_000;
/** A line of a sink may be longer than that of its source; what comes after is not compared. */
const SINK_LINE_BYTES_MAX = 64 * 1024 * 1024;
const LINE_FEED = 0x0a;

interface ContentCheck {
  /** What the sender has settled of sources that are there; each byte once. */
  readonly settled: readonly Covered[];
  readonly sources: ReadonlyMap<string, FoundSource>;
  readonly sinks: readonly StoredFile[];
  readonly passage: Exclude<Passage, { kind: 'none' }>;
  readonly lineBytesMax: number;
  /** Lines that were settled and need not be in the sink, at most. */
  readonly absentMax: number;
  /** Lines of sources that are gone, which may be in the sink, too. */
  readonly goneLines: number;
}

export type ContentVerdict = 'proven' | 'proven in part' | 'differs';

export interface ContentFinding {
  readonly sourceLines: number;
  readonly sinkLines: number;
  /** Null: the two digests are the same. */
  readonly flaws: LineFlaws | null;
  /** The part of the lines that were counted one by one, from 0 to 1. */
  readonly lookedAt: number;
  readonly verdict: ContentVerdict;
}

type OnKey = (digest: Buffer, line: Buffer, place: LinePlace) => void;

/**
 * Compares what a sender wrote with what it was given. The first pass sums up digests, in the same
 * memory whatever the size; only where those differ a second pass looks at single lines.
 */
export async function checkContent(check: ContentCheck): Promise<ContentFinding> {
  const [source, sink] = [new LineDigest(), new LineDigest()];
  await eachSourceKey(check, (digest) => source.add(digest));
  await eachSinkKey(check, (digest) => sink.add(digest));
  const counts = { sourceLines: source.count, sinkLines: sink.count };
  const differing = source.differing(sink);
  if (differing.length === 0) return { ...counts, flaws: null, lookedAt: 1, verdict: 'proven' };

  const { buckets, isAll } = thatFit(differing, source, sink);
  const all = await tallied(check, buckets);
  const flaws = check.goneLines > 0 ? withoutUnknown(all) : all;
  const explained = isAll ? 'proven' : 'proven in part';
  return {
    ...{ ...counts, flaws },
    lookedAt: isAll ? 1 : buckets.size / BUCKETS,
    verdict: isExplained(flaws, counts, check) ? explained : 'differs',
  };
}

/** What is missing or too much is no flaw as long as the ledger accounts for it. */
function isExplained(
  { missing, doubled, strange }: LineFlaws,
  { sourceLines, sinkLines }: Pick<ContentFinding, 'sourceLines' | 'sinkLines'>,
  { absentMax, goneLines }: ContentCheck,
): boolean {
  if (doubled.lines > 0 || strange.lines > 0 || missing.lines > absentMax) return false;
  const surplus = sinkLines - sourceLines;
  return surplus <= goneLines && -surplus <= absentMax;
}

/** What is there too often may have come from a source that is gone. */
function withoutUnknown(flaws: LineFlaws): LineFlaws {
  const none = { lines: 0, examples: [] };
  return { ...flaws, doubled: none, strange: none };
}

function thatFit(differing: readonly number[], source: LineDigest, sink: LineDigest) {
  const buckets = new Set<number>();
  let lines = 0;
  for (const bucket of differing) {
    lines += source.countIn(bucket) + sink.countIn(bucket);
    if (lines > TALLIED_LINES_MAX && buckets.size > 0) return { buckets, isAll: false };
    buckets.add(bucket);
  }
  return { buckets, isAll: true };
}

async function tallied(check: ContentCheck, buckets: ReadonlySet<number>): Promise<LineFlaws> {
  const tally = new LineTally();
  await eachSourceKey(check, (digest, line, place) => {
    if (buckets.has(bucketOf(digest))) tally.addSource(digest, line, place);
  });
  await eachSinkKey(check, (digest, line, place) => {
    if (buckets.has(bucketOf(digest))) tally.addSink(digest, line, place);
  });
  return tally.flaws;
}

async function eachSourceKey(check: ContentCheck, onKey: OnKey): Promise<void> {
  const { settled, sources, passage, lineBytesMax } = check;
  for (const { source, generation, start, end } of settled) {
    const found = sources.get(source);
    if (found === undefined) continue;
    const { path } = found.file;
    const isInLine = start > 0 && (await byteAt(found, start - 1)) !== LINE_FEED;
    const onLine: OnLine = (line, offset) => {
      // The rest of a line that was begun before is not a line of its own.
      if (isInLine && offset === start) return;
      for (const key of sourceKeys(passage, line, `${source}:${generation}:${offset}`)) {
        onKey(lineHash(key), line, { path, offset });
      }
    };
    await scanLines(chunksOf(found.file, start, end), { offset: start, lineBytesMax }, onLine);
  }
}

async function byteAt({ file }: FoundSource, offset: number): Promise<number | undefined> {
  for await (const chunk of chunksOf(file, offset, offset + 1)) return chunk[0];
  return undefined;
}

function sourceKeys(passage: ContentCheck['passage'], line: Buffer, id: string): readonly Buffer[] {
  if (passage.kind === 'content') return passage.keys(line);
  return line.toString('latin1').trim() === '' ? [] : [Buffer.from(id)];
}

async function eachSinkKey(check: ContentCheck, onKey: OnKey): Promise<void> {
  const { sinks, passage } = check;
  const sinkKeys = passage.kind === 'content' ? passage.keys : idKeys(passage.field, check);
  for (const file of sinks) {
    const onLine: OnLine = (line, offset) => {
      for (const key of sinkKeys(line)) onKey(lineHash(key), line, { path: file.path, offset });
    };
    await scanLines(chunksOf(file, 0), { offset: 0, lineBytesMax: SINK_LINE_BYTES_MAX }, onLine);
  }
}

/** The id of the line a record came from; of several records of one line the first counts. */
function idKeys(field: string, { sources }: ContentCheck) {
  return (line: Buffer): readonly Buffer[] => {
    const id = idIn(line, field);
    const [source = '', generation, offset, sub = '0'] = id.split(':');
    // Records of files that are gone can be compared with nothing.
    const isOfGone = id !== '' && sources.get(source)?.position.generation !== Number(generation);
    if (isOfGone || sub !== '0') return [];
    return [Buffer.from(id === '' ? 'no id' : `${source}:${generation}:${offset}`)];
  };
}

function idIn(line: Buffer, field: string): string {
  try {
    const record: unknown = JSON.parse(line.toString('utf8'));
    if (typeof record !== 'object' || record === null) return '';
    const id = new Map<string, unknown>(Object.entries(record)).get(field);
    return typeof id === 'string' ? id : '';
  } catch {
    return '';
  }
}
