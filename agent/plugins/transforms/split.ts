import { z } from 'zod';
import { changeText } from '../../records/change-each.ts';
import { type FieldPath } from '../../records/field-path.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';

const Name = transformOption.text
  .refine((name) => name !== '__proto__', { error: 'must not be "__proto__"' })
  .optional();

const SplitOptions = z
  .object({
    key: transformOption.key('tags'),
    sep: z
      .string({ error: 'is required, e.g. ","' })
      .min(1, 'is empty, e.g. ","')
      .describe('What stands between the parts.')
      .meta({ example: ',' }),
    new: Name.describe('The name of the list, which stands beside the field; required.').meta({
      example: 'tag_list',
    }),
    newfield: Name.describe('The older spelling of new.').meta({ advanced: true }),
  })
  .transform(({ key, sep, new: given = '', newfield = '' }, context) => {
    const name = given === '' ? newfield : given;
    if (name !== '') return { key, sep, target: beside(key, name) };
    context.addIssue({ code: 'custom', path: ['new'], message: 'is required, e.g. "tag_list"' });
    return z.NEVER;
  });

/** Makes a list of the parts of a text field. */
export const splitTransform = defineTransform({
  type: 'split',
  usage: 'Makes a list of the parts of a text field, between which a separator stands.',
  options: SplitOptions,
  open: ({ key, sep, target }) => ({
    apply: (records) => changeText(records, { key, target }, (text) => text.split(sep)),
  }),
});

/** The name is one name, whatever stands in it. */
function beside([first, ...inner]: FieldPath, name: string): FieldPath {
  return inner.length === 0 ? [name] : [first, ...inner.slice(0, -1), name];
}
