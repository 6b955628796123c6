import { crc32 } from 'node:zlib';
import { expect } from 'vitest';
import {
  addCounts,
  type FrameCounts,
  type FrameLimits,
  type Framing,
  NO_COUNTS,
  type Split,
} from '../../agent/framing/framing.ts';

/** How a reader comes by the bytes of a source. */
export interface Reading {
  /** It sees so many more bytes each time that it has seen too few. */
  readonly chunk: number;
  readonly lines: number;
  readonly lineBytes: number;
}

export interface Event {
  readonly text: string;
  /** Where it began in the source. */
  readonly offset: number;
}

export interface Framed {
  readonly events: readonly Event[];
  readonly counts: FrameCounts;
  readonly batches: number;
}

interface Place {
  readonly at: number;
  readonly inLine: boolean;
}

/**
 * Frames a whole source as a reader does that comes by its bytes little by little; what a reader
 * relies on is checked on the way: ranges follow each other, checksums are true, and each range
 * that is read again is the same again.
 */
export function readFramed(framing: Framing, source: Buffer, reading: Reading): Framed {
  const events: Event[] = [];
  let counts = NO_COUNTS;
  let batches = 0;
  let place: Place = { at: 0, inLine: false };
  for (let ahead = reading.chunk; place.at < source.length; ) {
    const isAll = place.at + ahead >= source.length;
    const end = isAll ? 'final' : 'open';
    const split = take(framing, source.subarray(place.at, place.at + ahead), place, {
      ...{ lines: reading.lines, lineBytes: reading.lineBytes, end },
    });
    if (split.consumed === 0) {
      if (isAll || ahead > framing.windowBytes(reading.lineBytes) + reading.chunk) {
        throw new Error(`nothing was taken at ${place.at} of ${ahead} bytes`);
      }
      ahead += reading.chunk;
      continue;
    }
    const range = source.subarray(place.at, place.at + split.consumed);
    expect(split.crc).toBe(crc32(range));
    const taken = eventsOf(split, place.at);
    expect(taken.length).toBe(split.lines);
    if (taken.length > 0) expectSameAgain(framing, range, place, { reading, taken });
    events.push(...taken);
    counts = addCounts(counts, split.counts);
    batches += 1;
    place = { at: place.at + split.consumed, inLine: split.inLine };
    ahead = reading.chunk;
  }
  return { events, counts, batches };
}

/** Of a copy: framing may move bytes inside its buffer. */
function take(
  framing: Framing,
  bytes: Buffer,
  { at, inLine }: Place,
  limits: Pick<FrameLimits, 'lines' | 'lineBytes' | 'end'>,
): Split {
  return framing.take(Buffer.from(bytes), {
    ...{ inLine, atStart: at === 0, withOffsets: false },
    ...limits,
  });
}

interface Expected {
  readonly reading: Reading;
  readonly taken: readonly Event[];
}

function expectSameAgain(framing: Framing, range: Buffer, place: Place, expected: Expected): void {
  const { lineBytes } = expected.reading;
  const again = take(framing, range, place, { lines: 0, lineBytes, end: 'final' });
  expect(again.consumed).toBe(range.length);
  expect(eventsOf(again, place.at)).toEqual(expected.taken);
}

/** The events of a split of a buffer that begins at `start` of the source. */
export function eventsOf({ bytes, lines, ends, offsets }: Split, start: number): Event[] {
  const events: Event[] = [];
  let from = 0;
  for (let line = 0; line < lines; line += 1) {
    const end = ends === null ? bytes.indexOf('\n', from) + 1 : (ends[line] ?? 0);
    const offset = start + (offsets === null ? from : (offsets[line] ?? Number.NaN));
    events.push({ text: bytes.toString('utf8', from, end), offset });
    from = end;
  }
  expect(from).toBe(bytes.length);
  return events;
}
