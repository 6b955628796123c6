import { z } from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const LENGTH_MAX = 64;
const WHOLE = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** Milliseconds of a Go duration ("3m", "1h30m", "250ms", "0"); null for anything else. */
export function goDurationMs(text: string): number | null {
  if (text === '0') return 0;
  if (text.length > LENGTH_MAX || !WHOLE.test(text)) return null;
  let totalMs = 0;
  for (const [, amount, unit = ''] of text.matchAll(PART)) {
    totalMs += Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
  }
  return totalMs;
}

/** The shortest text of so many milliseconds: "24h", "1500ms". */
function goDuration(ms: number): string {
  const units = Object.entries(UNIT_MS).toReversed();
  const [unit, unitMs] = units.find(([, size]) => ms >= size && ms % size === 0) ?? ['s', 1_000];
  return `${ms / unitMs}${unit}`;
}

/** An option that holds a Go duration, read as milliseconds; absent or empty means the default. */
export function goDurationOption(fallbackMs: number) {
  return z
    .string()
    .optional()
    .transform((text, check) => {
      if (text === undefined || text.trim() === '') return fallbackMs;
      const ms = goDurationMs(text.trim());
      if (ms !== null) return ms;
      check.addIssue(`must be a duration such as "3m" or "24h", got "${text}"`);
      return z.NEVER;
    })
    .meta({ default: goDuration(fallbackMs) });
}
