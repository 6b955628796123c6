const SECONDS = /^\d{1,9}$/;

/**
 * How long a server asks to be left alone, by its `Retry-After`: seconds, or a date of HTTP.
 * Null: it does not say.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  if (SECONDS.test(text)) return Number(text) * 1000;
  // A date of HTTP begins with the name of a day; Date.parse takes much else.
  const atMs = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
