import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What V8 collects garbage with: all of it, at once. Buffers are freed beside it, in a thread that the next collection waits for: so there are two. */
export function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc !== 'function') throw new Error('V8 has no gc()');
  return () => {
    Reflect.apply(gc, null, []);
    Reflect.apply(gc, null, []);
  };
}
