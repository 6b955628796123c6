const MEGABYTES_DEFAULT = 500;
const ROUNDS_DEFAULT = 5;

/** How much of an input is made; BENCH_MB shortens a run. */
export function megabytes(): number {
  return positive('BENCH_MB', MEGABYTES_DEFAULT);
}

/** How often everything is measured; BENCH_ROUNDS shortens a run. */
export function rounds(): number {
  return Math.ceil(positive('BENCH_ROUNDS', ROUNDS_DEFAULT));
}

/** BENCH_ROWS measures only rows whose name has this in it, and keeps no results. */
export function rowsWanted(): string {
  return process.env['BENCH_ROWS'] ?? '';
}

function positive(name: string, otherwise: number): number {
  const text = process.env[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(
    `${name} is ${JSON.stringify(text)}; set it to a number above 0, or leave it out`,
  );
}
