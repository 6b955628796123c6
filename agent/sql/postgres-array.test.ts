import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayJson } from './postgres-array.ts';

const asText = (element: string) => JSON.stringify(element);

describe('arrayJson', () => {
  it.each([
    { text: '{}', json: '[]' },
    { text: '{1,NULL,"NULL"}', json: '["1",null,"NULL"]' },
    { text: '{{a,b},{"c d","e\\"f\\\\"}}', json: '[["a","b"],["c d","e\\"f\\\\"]]' },
    { text: '[0:1]={1,2}', json: '["1","2"]' },
  ])('of $text is $json', ({ text, json }) => {
    expect(arrayJson(text, asText)).toBe(json);
  });

  it('gives back what PostgreSQL would write of any texts', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const quoted = words.map((word) => `"${word.replace(/["\\]/g, '\\$&')}"`);
        expect(arrayJson(`{${quoted.join(',')}}`, asText)).toBe(JSON.stringify(words));
      }),
    );
  });

  it('is null or JSON for anything else, and ends', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', ',', '"', '\\', 'a', '[', '=') }),
        (text) => {
          const json = arrayJson(text, asText);
          expect(json === null || Array.isArray(JSON.parse(json))).toBe(true);
        },
      ),
    );
  });
});
