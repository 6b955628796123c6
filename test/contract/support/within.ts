import { setTimeout as delay } from 'node:timers/promises';

/** Far more than it takes, and less than a test may. */
const DEADLINE_MS = 20_000;

/** What a promise brings, or a failure that says what did not come. */
export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = delay(DEADLINE_MS, undefined, { signal: over.signal }).then(() => {
    throw new Error(`waited ${DEADLINE_MS} ms in vain for ${what}`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
  }
}
