import { describe, expect, it } from 'vitest';
import { CONCURRENCY_MAX, fanOut } from './fan-out.ts';

const URLS = Array.from({ length: 3 * CONCURRENCY_MAX }, (_, n) => `http://h:${n}`);

describe('fanOut', () => {
  it('gives the answers in the order of the urls, whatever comes first', async () => {
    const first = Promise.withResolvers<undefined>();

    const answers = fanOut(URLS, async (url) => {
      if (url === URLS[0]) await first.promise;
      if (url === URLS.at(-1)) first.resolve(undefined);
      return `${url}!`;
    });

    expect(await answers).toEqual(URLS.map((url) => `${url}!`));
  });

  it('asks so many at a time, and one that hangs keeps its own place only', async () => {
    const hung = Promise.withResolvers<undefined>();
    let atOnce = 0;
    let atOnceMax = 0;
    let answered = 0;

    const answers = fanOut(URLS, async (url) => {
      atOnceMax = Math.max(atOnceMax, ++atOnce);
      await (url === URLS[0] ? hung.promise : Promise.resolve());
      atOnce--;
      // Everybody else was answered beside the one that hangs.
      if (++answered === URLS.length - 1) hung.resolve(undefined);
    });

    await answers;
    expect(atOnceMax).toBe(CONCURRENCY_MAX);
  });

  it('asks nobody when there is nobody', async () => {
    expect(await fanOut([], () => Promise.reject(new Error('asked')))).toEqual([]);
  });
});
