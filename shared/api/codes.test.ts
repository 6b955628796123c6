import { describe, expect, it } from 'vitest';
import { ERROR_TEXTS, LOGKIT_CODES } from './codes.ts';

describe('LOGKIT_CODES', () => {
  it('uses every code once', () => {
    const codes = Object.values(LOGKIT_CODES);

    expect(new Set(codes).size).toBe(codes.length);
    expect(codes).toHaveLength(27);
  });

  it('has a text for each, save the three that the original leaves out', () => {
    const untold = Object.values(LOGKIT_CODES).filter((code) => !(code in ERROR_TEXTS));

    expect(untold).toEqual(['L1008', 'L1101', 'L1401']);
    expect(Object.keys(ERROR_TEXTS)).toHaveLength(24);
  });

  it('lists the texts in the order in which the original sorts them', () => {
    expect(Object.keys(ERROR_TEXTS)).toEqual(Object.keys(ERROR_TEXTS).toSorted());
  });
});
