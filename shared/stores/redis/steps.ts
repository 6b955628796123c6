/** Others want their turn at the server: one script does no more than so many. */
const STEP_MAX = 1_000;

/**
 * Does it to so many at a time, in their order, and gives what came of all. Even for none it is
 * done once, for whatever else it checks.
 */
export async function inSteps<Item, Result>(
  items: readonly Item[],
  step: (some: readonly Item[]) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  if (items.length <= STEP_MAX) return step(items);
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += STEP_MAX) {
    results.push(...(await step(items.slice(at, at + STEP_MAX))));
  }
  return results;
}
