import type { FileHandle } from 'node:fs/promises';
import type { FrameCounts } from '../framing/framing.ts';
import type { BatchLimits, SourceBatch } from '../plugins/plugin.ts';
import type { LineTools } from './line-read.ts';

/** What all followers of a set share. */
export interface FollowTools extends LineTools {
  /** Lines that wait for others are complete when the file had no news for so long. */
  readonly flushMs: number;
  /** Told of each batch what could not be handed out as it was. */
  readonly onCounts: (counts: FrameCounts) => void;
}

/** What it takes to take a batch of an open file. */
export interface Taking {
  readonly handle: FileHandle;
  readonly limits: BatchLimits;
  readonly tools: FollowTools;
}

/** The part of a batch that framing makes. */
export type BatchLines = Pick<SourceBatch, 'bytes' | 'lines' | 'ends' | 'offsets'>;

/** Carries a position alone. */
export const NO_LINES: BatchLines = {
  ...{ bytes: Buffer.alloc(0), lines: 0 },
  ...{ ends: null, offsets: null },
};
