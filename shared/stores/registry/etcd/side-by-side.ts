const AT_ONCE_MAX = 4;

/** Works on so many at a time, on some of these parts at once; the results are in the same order. */
export async function sideBySide<T, R>(
  all: readonly T[],
  sizeMax: number,
  work: (part: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const parts = partsOf(all, sizeMax);
  const results: (readonly R[])[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < parts.length; at = next++) {
      const part = parts[at];
      if (part !== undefined) results[at] = await work(part);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE_MAX, parts.length) }, worker));
  return results.flat();
}

/** Of about the same size, as few as there can be. */
function partsOf<T>(all: readonly T[], sizeMax: number): T[][] {
  const size = Math.ceil(all.length / Math.ceil(all.length / sizeMax));
  const parts = [];
  for (let at = 0; at < all.length; at += size) parts.push(all.slice(at, at + size));
  return parts;
}
