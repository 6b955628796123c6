import { crc32 } from 'node:zlib';
import type { SourceBatch } from '../plugins/plugin.ts';

const LINE_FEED = 0x0a;

interface SampleShape {
  /** All of the text is one line, whatever line breaks are in it. */
  readonly isOneLine: boolean;
  /** What the sample is said to come from. */
  readonly origin: string;
}

/** A text that somebody wants to try, as a reader would hand it out. */
export function sampleBatch(text: string, { isOneLine, origin }: SampleShape): SourceBatch {
  const bytes = Buffer.from(isOneLine || text.endsWith('\n') ? text : `${text}\n`);
  return {
    ...{ source: 'sample', origin, bytes, position: null },
    lines: isOneLine ? 1 : lineFeedsIn(bytes),
    ends: isOneLine ? Uint32Array.of(bytes.length) : null,
    range: { generation: 0, start: 0, end: bytes.length, crc: crc32(bytes) },
    ...{ offsets: null, firstLine: null },
  };
}

/** The lines of a batch as texts, each with its line break. */
export function linesOf({ bytes, ends }: Pick<SourceBatch, 'bytes' | 'ends'>): string[] {
  const lines: string[] = [];
  const isKnown = ends !== null;
  for (let start = 0; start < bytes.length; ) {
    const end = isKnown ? (ends[lines.length] ?? bytes.length) : lineEnd(bytes, start);
    lines.push(bytes.toString('utf8', start, end));
    start = end;
  }
  return lines;
}

function lineEnd(bytes: Buffer, start: number): number {
  const at = bytes.indexOf(LINE_FEED, start);
  return at === -1 ? bytes.length : at + 1;
}

function lineFeedsIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1))
    count += 1;
  return count;
}
