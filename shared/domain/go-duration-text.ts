const UNITS = [
  ['h', 3_600],
  ['m', 60],
] as const;

/** So much time as Go writes it: "3h25m10s", "1.5s", "250ms", "0s". */
export function goDurationText(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const wholeMs = Math.round(Math.abs(ms));
  if (wholeMs === 0) return '0s';
  if (wholeMs < 1_000) return `${sign}${wholeMs}ms`;
  let restS = wholeMs / 1_000;
  let text = '';
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(restS / seconds);
    restS -= count * seconds;
    // Once there is a larger one, a smaller one is written even where it is 0.
    if (count > 0 || text !== '') text += `${count}${unit}`;
  }
  return `${sign}${text}${Number(restS.toFixed(3))}s`;
}
