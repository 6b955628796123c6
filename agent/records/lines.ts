import { isUtf8 } from 'node:buffer';
import type { SourceBatch } from '../plugins/plugin.ts';

export const LINE_FEED = 0x0a;

/** Whole lines as bytes, told apart as those of a batch are. */
export type Lines = Pick<SourceBatch, 'bytes' | 'ends'>;

/** Where line `index`, which begins at `start`, ends: behind its line break. */
export function lineEnd({ bytes, ends }: Lines, index: number, start: number): number {
  if (ends !== null) return ends[index] ?? bytes.length;
  const at = bytes.indexOf(LINE_FEED, start);
  return at === -1 ? bytes.length : at + 1;
}

/** The same lines as UTF-8: what is none becomes U+FFFD, as in any text that is made of them. */
export function asUtf8(lines: Lines): Lines {
  const { bytes, ends } = lines;
  if (isUtf8(bytes)) return lines;
  // A line feed is part of no other character, so that none comes or goes.
  if (ends === null) return { bytes: Buffer.from(bytes.toString('utf8')), ends };
  return joined(
    [...ends].map((end, index) =>
      Buffer.from(bytes.toString('utf8', index === 0 ? 0 : ends[index - 1], end)),
    ),
  );
}

/** The same lines, the last of them ended by a line feed, too. */
export function asEnded(lines: Lines): Lines {
  const { bytes, ends } = lines;
  if (bytes.length === 0 || bytes[bytes.length - 1] === LINE_FEED) return lines;
  const ended = Buffer.concat([bytes, Buffer.from('\n')]);
  return { bytes: ended, ends: ends && Uint32Array.from([...ends.slice(0, -1), ended.length]) };
}

/** These lines in one buffer of their own. */
export function joined(lines: readonly Buffer[]): Lines {
  const ends = new Uint32Array(lines.length);
  let end = 0;
  for (const [index, line] of lines.entries()) {
    end += line.length;
    ends[index] = end;
  }
  return { bytes: Buffer.concat(lines), ends };
}
