const WORD_LENGTH_MAX = 64;
/** One slip in this many characters is a typing error; more is another word. */
const CHARACTERS_PER_SLIP = 3;

/**
 * The known word that `word` was most likely meant to be, whatever its case; null when none is
 * close enough to be worth suggesting.
 */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > WORD_LENGTH_MAX) return null;
  let best: string | null = null;
  let bestSlips = Math.max(1, Math.floor(word.length / CHARACTERS_PER_SLIP)) + 1;

  for (const candidate of known) {
    const slips = slipsBetween(word.toLowerCase(), candidate.toLowerCase());
    if (slips >= bestSlips) continue;
    best = candidate;
    bestSlips = slips;
  }
  return best;
}

/**
 * Damerau-Levenshtein distance: how many characters must be added, dropped, changed or swapped
 * with their neighbour. Only the last three rows of the table are kept.
 */
function slipsBetween(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);

  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(previous, j) + 1,
          at(row, j - 1) + 1,
          at(previous, j - 1) + (isSame ? 0 : 1),
          isSwap ? at(beforePrevious, j - 2) + 1 : Infinity,
        ),
      );
    }
    beforePrevious = previous;
    previous = row;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
