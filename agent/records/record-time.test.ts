import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordTimeNs } from './record-time.ts';

describe('recordTimeNs', () => {
  it.each([
    { value: '1970-01-01T00:00:01.000000001Z', ns: 1_000_000_001n },
    { value: '1970-01-01 02:00:01,5+02:00', ns: 1_500_000_000n },
    { value: '1970-01-01T00:00:00-0100', ns: 3_600_000_000_000n },
    { value: 1_700_000_000, ns: 1_700_000_000_000_000_000n },
    { value: '1700000000', ns: 1_700_000_000_000_000_000n },
    { value: 1_700_000_000.25, ns: 1_700_000_000_250_000_000n },
    { value: 1_700_000_000_123, ns: 1_700_000_000_123_000_000n },
    { value: '1700000000123456', ns: 1_700_000_000_123_456_000n },
    { value: JSON.rawJSON('1700000000123456789'), ns: 1_700_000_000_123_456_789n },
    { value: '2024-02-30', ns: null },
    { value: 'yesterday', ns: null },
    { value: -1, ns: null },
    { value: Number.NaN, ns: null },
    { value: { a: 1 }, ns: null },
    { value: undefined, ns: null },
  ])('takes $value for $ns', ({ value, ns }) => {
    expect(recordTimeNs(value)).toBe(ns);
  });

  it('takes back what Date writes', () => {
    const date = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(date, (time) => {
        expect(recordTimeNs(time.toISOString())).toBe(BigInt(time.getTime()) * 1_000_000n);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double(), fc.jsonValue()), (value) => {
        recordTimeNs(value);
      }),
    );
  });
});
