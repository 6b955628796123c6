import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonTemplate } from './json-template.ts';

describe('jsonTemplate', () => {
  it('always makes JSON with the very values', () => {
    const render = jsonTemplate('{"text": "<{{a}}>",\n "value": {{a}}, "\\"": "{{b.c}}"}');
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '{', '\u2028', '\ud800', 'é') }),
        (value, text) => {
          const line = render({ a: value, b: { c: text } });

          const shown = typeof value === 'string' ? value : JSON.stringify(value);
          expect(line).not.toContain('\n');
          expect(JSON.parse(line)).toEqual({
            text: `<${value === null ? '' : shown}>`,
            value: JSON.parse(JSON.stringify(value)),
            '"': JSON.parse(JSON.stringify(text)),
          });
        },
      ),
    );
  });

  it('keeps the digits of a number', () => {
    expect(jsonTemplate('[{{n}}, "{{n}}"]')({ n: JSON.rawJSON('1.0') })).toBe('[1.0, "1.0"]');
  });

  it.each([{ text: '{{a}} {{b}}' }, { text: '{"a": {{a}' }, { text: '{"a": "{{a}}}' }])(
    'refuses $text',
    ({ text }) => {
      expect(() => jsonTemplate(text)).toThrow('is no JSON once its {{fields}} are filled in');
    },
  );
});
