import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32Combine } from './crc32.ts';

describe('crc32Combine', () => {
  it('is the crc32 of both runs of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array({ maxLength: 5000 }), (first, second) => {
        const both = crc32(second, crc32(first));

        expect(crc32Combine(crc32(first), crc32(second), second.length)).toBe(both);
      }),
    );
  });

  it('takes lengths beyond 32 bits', () => {
    const zeros = Buffer.alloc(1 << 20);
    let expected = crc32('a');
    let step = crc32(zeros);
    let bytes = zeros.length;
    // Doubling a run of zeros: 2^20 bytes become 2^34.
    for (; bytes < 2 ** 34; bytes *= 2) step = crc32Combine(step, step, bytes);
    expected = crc32Combine(expected, step, bytes);

    const halves = crc32Combine(crc32Combine(crc32('a'), step, bytes), 0, 0);
    expect(halves).toBe(expected);
    expect(crc32Combine(expected, crc32('b'), 1)).toBe(crc32('b', expected));
  });
});
