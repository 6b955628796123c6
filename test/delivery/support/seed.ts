const SEEDS = 2 ** 31;

/** The seed that was asked for, else a new one: every run breaks the program at other moments. */
export function seedOf(given: string | undefined): number {
  if (given === undefined || given === '') return Math.floor(Math.random() * SEEDS);
  const seed = Number(given);
  if (Number.isInteger(seed) && seed >= 0 && seed < SEEDS) return seed;
  throw new Error(`SEED is ${JSON.stringify(given)}, but must be a whole number below ${SEEDS}`);
}
