import { epochMs, type ReadTime } from './written-time.ts';

/** A longer line of JSON has no time here. */
export const LINE_LOOK_BYTES = 64 * 1024;
const PLAIN_LOOK_BYTES = 1024;
const JSON_FIELDS = ['time', 'timestamp', 'ts', '@timestamp'];
const BRACE = 0x7b;

/** When a line says that it was written, in ms since the epoch; null when it does not say. */
export function lineTime(line: Buffer, readTime: ReadTime, latestMs: number): number | null {
  if (line[0] === BRACE) return jsonTime(line, readTime, latestMs);
  return readTime(line.subarray(0, PLAIN_LOOK_BYTES).toString('latin1'), latestMs);
}

function jsonTime(line: Buffer, readTime: ReadTime, latestMs: number): number | null {
  if (line.length >= LINE_LOOK_BYTES) return null;
  const record = objectOf(line.toString());
  for (const field of JSON_FIELDS) {
    const value = record.get(field);
    if (typeof value === 'number') return epochMs(value);
    const ms = typeof value === 'string' ? readTime(value, latestMs) : null;
    if (ms !== null) return ms;
  }
  return null;
}

function objectOf(text: string): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return new Map(Object.entries(value ?? {}));
  } catch {
    return new Map();
  }
}
