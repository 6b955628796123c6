import { expect, it } from 'vitest';
import { batchOf, pluginContext } from '../../../test/support/plugin-context.ts';
import { kvParser } from './kv.ts';

it('The parser KV reads keys and values, told apart by its splitter', () => {
  const parser = kvParser.configure({ splitter: ':', keep_string: 'true' }).open(pluginContext());

  expect(parser.parse(batchOf('a: 1 b: two words\n')).records.objects()).toEqual([
    { a: '1', b: 'two words' },
  ]);
});
