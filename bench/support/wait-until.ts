import { setTimeout as delay } from 'node:timers/promises';

interface WaitOptions {
  /** For the error when it never comes. */
  readonly what: string;
  readonly everyMs: number;
  readonly atMostMs: number;
  readonly signal: AbortSignal;
}

/** Asks again and again until the answer is true. */
export async function waitUntil(
  ask: () => Promise<boolean> | boolean,
  { what, everyMs, atMostMs, signal }: WaitOptions,
): Promise<void> {
  const endMs = performance.now() + atMostMs;
  while (!(await ask())) {
    if (performance.now() > endMs) throw new Error(`waited ${atMostMs} ms in vain for ${what}`);
    await delay(everyMs, undefined, { signal });
  }
}
