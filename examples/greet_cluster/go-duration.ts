const NS_A_MS = 1_000_000;
const NS_A_SECOND = 1_000 * NS_A_MS;
const SECONDS_A_MINUTE = 60;
const MINUTES_AN_HOUR = 60;
/** Those that one number stands before. */
const SHORT_UNITS = [
  ['ns', 1],
  ['µs', 1_000],
  ['ms', NS_A_MS],
] as const;
const MS: Readonly<Record<string, number>> = {
  ...{ ns: 1 / NS_A_MS, us: 0.001, µs: 0.001, ms: 1 },
  ...{ s: 1_000, m: 60_000, h: 3_600_000 },
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g;

/** As Go's programs print it: 10s, 1m30s, 12.5ms, 0s. */
export function goDuration(ms: number): string {
  const ns = Math.round(ms * NS_A_MS);
  if (ns === 0) return '0s';
  for (const [unit, size] of SHORT_UNITS) if (ns < 1_000 * size) return `${ns / size}${unit}`;
  const minutes = Math.floor(ns / NS_A_SECOND / SECONDS_A_MINUTE);
  const seconds = `${(ns - minutes * SECONDS_A_MINUTE * NS_A_SECOND) / NS_A_SECOND}s`;
  if (minutes === 0) return seconds;
  const hours = Math.floor(minutes / MINUTES_AN_HOUR);
  return `${hours === 0 ? '' : `${hours}h`}${minutes % MINUTES_AN_HOUR}m${seconds}`;
}

/** The ms of a text like 10s, 1m30s, 500ms or 0; null: it is none. */
export function readGoDuration(text: string): number | null {
  if (text === '0') return 0;
  const parts = [...text.matchAll(PART)];
  const isWhole = text !== '' && parts.map(([part]) => part).join('') === text;
  if (!isWhole) return null;
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (MS[unit] ?? 0), 0);
}
