/** What was measured counts for a third after so long. */
const MEMORY_MS = 5_000;

/** What is left of a measured latency that nobody has looked at since. */
export function fadedMs(latencyMs: number, sinceMs: number): number {
  return sinceMs <= 0 ? latencyMs : latencyMs * Math.exp(-sinceMs / MEMORY_MS);
}

/** The moving average after one more answer: a peak counts at once, its end little by little. */
export function peakAverageMs(beforeMs: number | null, tookMs: number, sinceMs: number): number {
  if (beforeMs === null || tookMs >= beforeMs) return tookMs;
  return tookMs + fadedMs(beforeMs - tookMs, sinceMs);
}
