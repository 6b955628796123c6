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
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
const WHOLE = /^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const LENGTH_MAX = 64;

/**
 * Reads a duration as Go writes it (`10m`, `1h30m`, `1.5s`, `0`) into milliseconds; null when the
 * text is none, or is negative.
 */
export function parseDurationMs(text: string): number | null {
  if (text === '0') return 0;
  if (text.length > LENGTH_MAX || !WHOLE.test(text)) return null;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(PART)) {
    ms += Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  }
  return ms;
}
