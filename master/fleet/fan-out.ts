/** More at a time only makes the slowest answer later; measured with 1,000 agents. */
export const CONCURRENCY_MAX = 64;

/**
 * Asks every url, at most CONCURRENCY_MAX at a time, and gives the answers in the order of `urls`.
 * `ask` turns every failure into a value: one agent never hides another's answer. One that takes
 * long holds its own place only, for as long as its own time-out.
 */
export async function fanOut<T>(
  urls: readonly string[],
  ask: (url: string) => Promise<T>,
): Promise<T[]> {
  const answers = new Array<T>(urls.length);
  const queue = urls.entries();
  const work = async () => {
    // All workers pull from the one iterator.
    for (const [index, url] of queue) answers[index] = await ask(url);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY_MAX, urls.length) }, work));
  return answers;
}

/** One agent is asked first, then 8, then 64 at a time: for what most often the first can answer. */
const WAVE_GROWTH = 8;

export function* wavesOf(urls: readonly string[]): Generator<readonly string[]> {
  for (let next = 0, size = 1; next < urls.length; ) {
    yield urls.slice(next, next + size);
    next += size;
    size = Math.min(size * WAVE_GROWTH, CONCURRENCY_MAX);
  }
}
