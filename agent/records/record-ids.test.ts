import { describe, expect, it } from 'vitest';
import { batchOf, pluginContext } from '../../test/support/plugin-context.ts';
import { jsonParser } from '../plugins/parsers/json.ts';
import type { SourceBatch } from '../plugins/plugin.ts';
import { recordIds } from './record-ids.ts';

function idsOf(batch: SourceBatch): string[] {
  return recordIds(batch, jsonParser.configure({}).open(pluginContext()).parse(batch));
}

describe('recordIds', () => {
  it.each([
    { text: '{}\n{}\n', ids: ['s:2:100', 's:2:103'], why: 'a record a line' },
    { text: '{}\n\n{}\n', ids: ['s:2:100', 's:2:104'], why: 'a blank line between' },
    { text: '[{},{}]\n{}\n', ids: ['s:2:100:0', 's:2:100:1', 's:2:108'], why: 'two of one line' },
    { text: '{}\n[{}]\n', ids: ['s:2:100', 's:2:103'], why: 'a list of one' },
    {
      text: '[{},{}]\n[{},{}]\n',
      ids: ['s:2:100:0', 's:2:100:1', 's:2:108:0', 's:2:108:1'],
      why: '',
    },
    { text: '', ids: [], why: 'no line' },
  ])('names source, generation and offset: $text $why', ({ text, ids }) => {
    const batch = batchOf(text, 's');

    expect(idsOf({ ...batch, range: { ...batch.range, generation: 2, start: 100 } })).toEqual(ids);
  });

  it('takes the offsets that the reader gives', () => {
    const offsets = Float64Array.of(7, 2 ** 40);

    expect(idsOf({ ...batchOf('{}\n{}\n', 's'), offsets })).toEqual(['s:0:7', 's:0:1099511627776']);
  });

  it('goes by the ends of lines that hold line feeds', () => {
    const batch = { ...batchOf('{\n}\n{}\n', 's'), ends: Uint32Array.of(4, 7) };

    expect(idsOf(batch)).toEqual(['s:0:0', 's:0:4']);
  });
});
