import { z } from 'zod';
import { changeText } from '../../records/change-each.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';

/** `left` and `right` are what the original's sample says for prefix and suffix. */
const PLACES = ['both', 'prefix', 'suffix', 'left', 'right', ''] as const;

/** Takes characters off the beginning and the end of a text field. */
export const trimTransform = defineTransform({
  type: 'trim',
  usage: 'Takes characters off the beginning, the end, or both ends of a text field.',
  options: z.object({
    key: transformOption.key('message'),
    characters: z
      .string({ error: 'is required, e.g. "[] "' })
      .min(1, 'is empty, e.g. "[] "')
      .describe('The characters that are taken off, in any order and number.')
      .meta({ example: '[] ' }),
    place: z
      .enum(PLACES, { error: 'must be "both", "prefix" or "suffix"' })
      .default('')
      .describe('Which end they are taken off.')
      .meta({ choices: ['both', 'prefix', 'suffix'], default: 'both' }),
  }),
  open: ({ key, characters, place }) => {
    const cut = new Set(characters);
    const hasLeft = place !== 'suffix' && place !== 'right';
    const hasRight = place !== 'prefix' && place !== 'left';
    const trim = (text: string) => {
      const start = hasLeft ? leftEnd(text, cut) : 0;
      return text.slice(start, hasRight ? rightStart(text, start, cut) : text.length);
    };
    return { apply: (records) => changeText(records, { key, target: key }, trim) };
  },
});

/** The place of the first character that stays. */
function leftEnd(text: string, cut: ReadonlySet<string>): number {
  let end = 0;
  for (const character of text) {
    if (!cut.has(character)) break;
    end += character.length;
  }
  return end;
}

/** The place behind the last character that stays. */
function rightStart(text: string, from: number, cut: ReadonlySet<string>): number {
  let start = text.length;
  while (start > from) {
    const before = lastCharacter(text, start);
    if (!cut.has(before)) break;
    start -= before.length;
  }
  return start;
}

/** The character that ends at `end`: one of two units, where these belong together. */
function lastCharacter(text: string, end: number): string {
  const two = text.slice(Math.max(end - 2, 0), end);
  return Array.from(two).at(-1) ?? '';
}
