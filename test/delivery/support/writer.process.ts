import { closeSync, openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { numberedLines } from './numbered-lines.ts';
import { rotate } from './rotate.ts';
import type { Writing } from './writer.ts';

/** Appends numbered lines at a rate, and rotates the file as it grows; its order is the argument. */
const TICK_MS = 10;

const { source, path, from, to, linesPerSecond, rotateEvery } = JSON.parse(
  process.argv[2] ?? '',
) as Writing;

let file = openSync(path, 'a');
let inFile = 0;
const startMs = performance.now();
for (let next = from; next < to; ) {
  await delay(TICK_MS);
  const due = from + ((performance.now() - startMs) / 1000) * linesPerSecond;
  const end = Math.min(to, Math.ceil(due));
  if (end <= next) continue;
  if (inFile >= rotateEvery) next = rotateNow(next, end);
  append(next, end);
  inFile += end - next;
  next = end;
}
closeSync(file);

/** As loggers do, it writes to the renamed file for a moment, before it opens the new one. */
function rotateNow(next: number, end: number): number {
  const middle = next + Math.floor((end - next) / 2);
  rotate(path);
  append(next, middle);
  closeSync(file);
  file = openSync(path, 'a');
  inFile = 0;
  return middle;
}

function append(first: number, end: number): void {
  const bytes = Buffer.from(numberedLines(source, first, end));
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}
