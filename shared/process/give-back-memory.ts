import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** As V8 does before it gives up for want of memory: all garbage, and smaller spaces. */
const COLLECT_ALL = "gc({ type: 'major', flavor: 'last-resort' })";

/**
 * Gives memory that nothing needs any more back to the system. What a start leaves behind, the
 * program's parsed text above all, fills the young generation to its largest size, and V8 keeps
 * that for ever: an agent at rest allocates too little for another look at it. It holds the thread
 * up for some full collections of a small heap, a tenth of a second.
 */
export function giveBackMemory(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext(COLLECT_ALL);
}
