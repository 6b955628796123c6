import type { FrameCounts } from '../framing/framing.ts';
import type { LineTools } from './line-read.ts';
import type { PollPace } from './poll-pace.ts';

/** What all followers of a set share. */
export interface FollowTools extends LineTools {
  /** Lines that wait for others are complete when the file had no news for so long. */
  readonly flushMs: number;
  readonly pollMs: PollPace;
  /** The first line of each file, and of each that is written anew, is left out. */
  readonly skipsFirstLine: boolean;
  /** Told of each batch what could not be handed out as it was. */
  readonly onCounts: (counts: FrameCounts) => void;
}
