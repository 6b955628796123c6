import { setTimeout as delay } from 'node:timers/promises';

/** What is about to be there is seen soon; whoever is asked for long is not kept busy by it. */
const POLL_MS = { first: 5, growth: 1.3, max: 50 } as const;

/** Asks until the answer is there (not null, undefined or false), or fails saying what it waited for. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  deadlineMs = 60_000,
): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  let lastError: unknown;
  let pollMs: number = POLL_MS.first;
  while (performance.now() < endMs) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await delay(pollMs);
    pollMs = Math.min(POLL_MS.max, pollMs * POLL_MS.growth);
  }
  throw new Error(`waited ${deadlineMs} ms in vain for ${what}`, { cause: lastError });
}
