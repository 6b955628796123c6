import { type FrameCounts, LINE_FEED, NO_COUNTS } from '../framing/framing.ts';
import { utf8Cut } from '../framing/utf8-cut.ts';
import type { BatchLimits } from '../plugins/plugin.ts';
import type { Lines } from './running-source.ts';

interface Whole {
  readonly parts: readonly Lines[];
  readonly counts: FrameCounts;
}

/** A text as one record, whatever line breaks are in it; nothing where it is empty. */
export function wholeText(text: Buffer, { lineBytes }: BatchLimits): Whole {
  if (text.length === 0) return { parts: [], counts: NO_COUNTS };
  const isCut = lineBytes !== 0 && text.length > lineBytes + 1;
  const kept = isCut ? text.subarray(0, utf8Cut(text, 0, lineBytes)) : text;
  const isEnded = kept.at(-1) === LINE_FEED;
  const bytes = isEnded ? kept : Buffer.concat([kept, Buffer.of(LINE_FEED)]);
  return {
    parts: [{ bytes, lines: 1, ends: Uint32Array.of(bytes.length) }],
    counts: { ...NO_COUNTS, cutLines: Number(isCut) },
  };
}
