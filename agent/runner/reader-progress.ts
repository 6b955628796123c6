import { NO_COUNTS } from '../framing/framing.ts';
import type { Reader } from '../plugins/plugin.ts';

/** What a reader tells of itself; undefined: none is at work. */
export function readerProgress(reader: Reader | undefined) {
  return {
    lagBytes: reader?.lag().bytes ?? 0,
    isResting: reader?.isResting?.() ?? false,
    counts: reader?.counts?.() ?? NO_COUNTS,
  };
}
