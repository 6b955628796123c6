import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { answerQuestions } from './helper-side.ts';

const CHUNK_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

const Question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('ready') }),
  z.object({
    ask: z.literal('copy'),
    input: z.string(),
    output: z.string(),
    checkpoints: z.string(),
  }),
]);
type Copy = Extract<z.infer<typeof Question>, { ask: 'copy' }>;

/** Whole lines, as they were read, into what is written. */
type Change = (lines: Buffer) => Buffer | string;

/** The side of a floor's process: its loop is the same for all, what it does with lines is not. */
export function serveBareLoop(change: Change): void {
  answerQuestions(Question, (question) => {
    if (question.ask === 'copy') copy(question, change);
    return {};
  });
}

function copy({ input, output, checkpoints }: Copy, change: Change): void {
  const database = new DatabaseSync(checkpoints);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE position (id INTEGER PRIMARY KEY, source INTEGER, sink INTEGER);
  `);
  const save = database.prepare('INSERT OR REPLACE INTO position VALUES (1, ?, ?)');
  const from = openSync(input, 'r');
  const to = openSync(output, 'a');
  let source = 0;
  let sink = 0;
  for (const lines of chunksOf(from)) {
    const changed = change(lines);
    sink += writeAll(to, typeof changed === 'string' ? Buffer.from(changed) : changed);
    source += lines.length;
    save.run(source, sink);
  }
  closeSync(from);
  closeSync(to);
  database.close();
}

/** The lines of a file, a chunk of whole ones at a time, in one buffer that is used again. */
function* chunksOf(file: number): Generator<Buffer, undefined> {
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let kept = 0;
  for (;;) {
    const length = kept + readSync(file, chunk, kept, CHUNK_BYTES - kept, null);
    const end = chunk.lastIndexOf(LINE_FEED, length - 1) + 1;
    if (end === 0 || length === kept) return;
    yield chunk.subarray(0, end);
    chunk.copyWithin(0, end, length);
    kept = length - end;
  }
}

function writeAll(file: number, bytes: Buffer): number {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  return bytes.length;
}

/** The lines of a chunk as text, without their line breaks. */
export function textLines(lines: Buffer): string[] {
  return lines.toString('utf8', 0, lines.length - 1).split('\n');
}
