import { z } from 'zod';
import { cannotSet, changeEach, missing, unfit } from '../../records/change-each.ts';
import { getField, hasField, setField } from '../../records/field-path.ts';
import { scalarText } from '../../records/scalar-text.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';

/** Joins the texts of several fields in a new one; of a number the digits it is written with. */
export const concatTransform = defineTransform({
  type: 'concat',
  usage: 'Joins the values of several fields, texts and numbers, in one text field.',
  options: z.object({
    key: transformOption.keys('host,path'),
    new: transformOption.key('url').describe('The field that gets the text.'),
    joiner: transformOption.text
      .default('')
      .describe('What is put between the values.')
      .meta({ advanced: true }),
  }),
  open: ({ key: { paths }, new: target, joiner }) => ({
    apply: (records) =>
      changeEach(records, (record) => {
        const texts: string[] = [];
        for (const path of paths) {
          if (!hasField(record, path)) return missing(path);
          try {
            texts.push(scalarText(getField(record, path)));
          } catch (thrown) {
            return unfit(path, thrown);
          }
        }
        return setField(record, target, texts.join(joiner)) ? null : cannotSet(target);
      }),
  }),
});
