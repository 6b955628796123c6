import { z } from 'zod';
import { changeField } from '../../records/change-each.ts';
import { lineTransform } from '../../records/line-transform.ts';
import { scalarText } from '../../records/scalar-text.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';

const PLACES = { min: 0, max: 1_000_000 };
const SURROGATE = /[\ud800-\udfff]/;

const SubstringOptions = z
  .object({
    key: transformOption.key('message'),
    new: transformOption.target.describe('Where the part goes; nowhere said: back to its field.'),
    start: transformOption.int(0, PLACES).describe('The first character, counted from 0.'),
    end: transformOption.int(1, PLACES).describe('The character behind the last one.'),
    stage: transformOption.stage,
  })
  .refine(({ start, end }) => start < end, {
    path: ['end'],
    error: 'must be greater than start',
  });

/**
 * Takes the characters [start, end) of a field, or of the raw line. Characters are those of
 * Unicode, so that none is cut in two; of a number those are taken that it is written with.
 */
export const substringTransform = defineTransform({
  type: 'substring',
  usage: 'Takes a part of a field, or of the raw line, by the places of its characters.',
  options: SubstringOptions,
  open: ({ key, new: target = key, start, end, stage }) => {
    const cut = (text: string) => part(text, start, end);
    if (stage === 'before_parser') return lineTransform(cut);
    return {
      apply: (records) => changeField(records, { key, target }, (value) => cut(scalarText(value))),
    };
  },
});

function part(text: string, start: number, end: number): string {
  // A character takes two units at most, so that no more of the text need be looked at.
  const looked = text.slice(0, 2 * end);
  return SURROGATE.test(looked)
    ? Array.from(looked).slice(start, end).join('')
    : looked.slice(start, end);
}
