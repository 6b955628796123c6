/** Randomness as a dependency: the only file of the project that may touch `Math.random`. */
export interface RandomSource {
  /** A number in [0, 1). */
  next(): number;
}

export const systemRandom: RandomSource = { next: () => Math.random() };
