import { crc32 } from 'node:zlib';
import { expect } from 'vitest';
import type { BatchLimits, SourceBatch } from '../../../agent/plugins/plugin.ts';

const LINE_FEED = 0x0a;
const BLANK_MAX = 0x20;

interface Facts {
  readonly limits: Pick<BatchLimits, 'lines'>;
  readonly rangesCount: 'bytes' | 'values';
}

/** That what a batch says of itself is so. */
export function expectSound(batch: SourceBatch, { limits, rangesCount }: Facts): void {
  const { bytes, lines, range, offsets, isFilled } = batch;
  const ends = endsOf(batch);
  expect(lines).toBe(ends.length);
  expect(ends.at(-1) ?? 0).toBe(bytes.length);
  for (const end of ends) expect(bytes[end - 1]).toBe(LINE_FEED);
  expect(ends).toEqual([...new Set(ends)].toSorted((a, b) => a - b));
  if (limits.lines > 0) expect(lines).toBeLessThanOrEqual(limits.lines);
  if (isFilled === true) {
    const starts = [0, ...ends.slice(0, -1)].slice(0, lines);
    expect(starts.filter((start) => (bytes[start] ?? 0) <= BLANK_MAX)).toEqual([]);
  }
  expect(range.crc).toBe(crc32(bytes));
  expect(range.end - range.start).toBe(rangesCount === 'bytes' ? bytes.length : lines);
  if (offsets !== null) {
    expect(offsets.length).toBe(lines);
    expect([...offsets]).toEqual([...offsets].toSorted((a, b) => a - b));
    expect(offsets[0]).toBeGreaterThanOrEqual(range.start);
    expect(offsets.at(-1)).toBeLessThan(range.end);
  }
  // A store keeps it as JSON.
  expect(JSON.parse(JSON.stringify(batch.position))).toEqual(batch.position);
}

/** That nothing of a source is left out between batches, and nothing is there twice. */
export function expectContiguous(batches: readonly SourceBatch[]): void {
  const ends = new Map<string, number>();
  for (const { source, range } of batches) {
    const key = `${source} ${range.generation}`;
    expect(range.start).toBe(ends.get(key) ?? range.start);
    ends.set(key, range.end);
  }
}

function endsOf({ bytes, ends }: SourceBatch): number[] {
  if (ends !== null) return [...ends];
  const found: number[] = [];
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
    found.push(at + 1);
  }
  return found;
}
