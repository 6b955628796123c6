import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { readAhead } from './read-ahead.ts';

const nothing = () => undefined;

describe('readAhead', () => {
  it('makes the next value while one is worked on, and no more', async () => {
    const made: number[] = [];
    async function* source() {
      for (let i = 0; i < 4; i += 1) {
        made.push(i);
        yield i;
      }
    }
    const seen: [number, number[]][] = [];

    for await (const value of readAhead(source(), nothing)) seen.push([value, [...made]]);

    expect(seen).toEqual([
      [0, [0, 1]],
      [1, [0, 1, 2]],
      [2, [0, 1, 2, 3]],
      [3, [0, 1, 2, 3]],
    ]);
  });

  it('throws the error of the source after the values before it', async () => {
    async function* source() {
      yield 1;
      throw new Error('broken');
    }
    const seen: number[] = [];

    const reading = (async () => {
      for await (const value of readAhead(source(), nothing)) seen.push(value);
    })();

    await expect(reading).rejects.toThrow('broken');
    expect(seen).toEqual([1]);
  });

  it('ends a pending pull and the source when the consumer leaves', async () => {
    const stop = new AbortController();
    let isClosed = false;
    async function* source() {
      try {
        yield 1;
        await once(stop.signal, 'abort');
      } finally {
        isClosed = true;
      }
    }

    for await (const value of readAhead(source(), () => stop.abort())) {
      expect(value).toBe(1);
      break;
    }

    expect(isClosed).toBe(true);
  });
});
