import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { freeSpareBuffers, JsonBytes } from './json-bytes.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 300 }).map((some) => some.toWellFormed());

describe('JsonBytes', () => {
  it('escapes every text as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        const json = new JsonBytes(0);
        for (const each of texts) {
          const bytes = Buffer.from(`<${each}>`);
          json.putEscaped(bytes, 1, bytes.length - 1);
        }

        expect(`"${json.result().toString()}"`).toBe(JSON.stringify(texts.join('')));
      }),
    );
  });

  it('escapes every single byte below 0x80 as JSON.stringify does', () => {
    const json = new JsonBytes(0);
    const bytes = Buffer.from(Array.from({ length: 0x80 }, (_, byte) => byte));
    json.putEscaped(bytes, 0, bytes.length);

    expect(`"${json.result().toString()}"`).toBe(JSON.stringify(bytes.toString()));
  });

  it('stops before the byte that it is told to, or at the end', () => {
    const json = new JsonBytes(0);
    const bytes = Buffer.from('a"b] c');

    expect(json.putEscapedUntil(0x5d, bytes, 0, bytes.length)).toBe(3);
    json.put(Buffer.from('|'));
    expect(json.putEscapedUntil(0x5d, bytes, 4, bytes.length)).toBe(6);
    expect(json.result().toString()).toBe('a\\"b| c');
  });

  it('takes back what was written, and grows as far as it must', () => {
    const json = new JsonBytes(0);
    const long = Buffer.alloc(10_000, 'x');
    json.put(long);
    const before = json.length;
    json.put(Buffer.from('gone'));
    json.cutTo(before);
    json.putEscaped(long, 0, long.length);

    expect(json.result().equals(Buffer.alloc(20_000, 'x'))).toBe(true);
  });
});

describe('the buffer of JSON text that is released', () => {
  const BYTES = 1024 * 1024;
  const memoryOf = (json: JsonBytes) => json.result().buffer;

  it('is used again, but not kept for ever when nothing is written', async () => {
    const clock = new FakeClock();
    const over = new AbortController();
    const freeing = freeSpareBuffers(clock, over.signal);
    const first = new JsonBytes(BYTES);
    const memory = memoryOf(first);
    first.release();
    const second = new JsonBytes(BYTES);
    expect(memoryOf(second)).toBe(memory);
    second.release();

    for (let look = 0; look < 2; look += 1) {
      clock.advance(10_000);
      await setImmediate();
    }
    expect(memoryOf(new JsonBytes(BYTES))).not.toBe(memory);
    over.abort();
    await freeing;
  });
});
