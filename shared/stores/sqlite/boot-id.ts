import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { systemClock } from '../../kernel/clock.ts';

const MINUTE_MS = 60_000;

/**
 * Tells the runs of a host apart. Where the system has no name for them it is when this one began,
 * to the minute, so that a clock that is set may end leases too early, but never leaves one that
 * means nothing.
 */
export async function bootId(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return `booted-${Math.round((systemClock.now() - uptime() * 1_000) / MINUTE_MS)}`;
  }
}
