import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives memory that nothing needs any more back to the system. What a start leaves behind, the
 * program's parsed text above all, fills the young generation to its largest size, and V8 keeps
 * that for ever: an agent at rest allocates too little for another look at it. It takes as long as
 * a few full collections of a small heap.
 */
export function giveBackMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect({ type: 'major', flavor: 'last-resort' });
}
