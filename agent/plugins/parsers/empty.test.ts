import { expect, it } from 'vitest';
import { batchOf, pluginContext } from '../../../test/support/plugin-context.ts';
import { emptyParser } from './empty.ts';

it('The parser empty makes no record of any line, and counts them', () => {
  const parsed = emptyParser.configure({}).open(pluginContext()).parse(batchOf('a\n\nb\n'));

  expect(parsed).toMatchObject({ success: 2, errors: 0, dropped: 0, lineOf: [] });
  expect(parsed.records.objects()).toEqual([]);
});
