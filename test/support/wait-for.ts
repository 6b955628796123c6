import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;

/** Asks until the answer is there (not null, undefined or false), or fails saying what it waited for. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  deadlineMs = 15_000,
): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  let lastError: unknown;
  while (performance.now() < endMs) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await delay(POLL_MS);
  }
  throw new Error(`waited ${deadlineMs} ms in vain for ${what}`, { cause: lastError });
}
