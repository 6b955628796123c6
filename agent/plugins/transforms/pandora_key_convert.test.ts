import { describe, expect, it } from 'vitest';
import { changed, opened } from '../../../test/support/transforming.ts';
import { pandoraKeyConvertTransform } from './pandora_key_convert.ts';

describe('the transform pandora_key_convert', () => {
  it.each([
    { name: 'a_b1', plain: 'a_b1' },
    { name: 'a.b/c', plain: 'a_b_c' },
    { name: '9a', plain: 'K9a' },
    { name: '_a', plain: 'a' },
    { name: '@9', plain: 'K9' },
    { name: 'é字', plain: 'KEmptyPandoraAutoAdd' },
    { name: '', plain: 'KEmptyPandoraAutoAdd' },
    { name: 'aé', plain: 'a_' },
  ])('calls "$name" "$plain"', ({ name, plain }) => {
    expect(changed(pandoraKeyConvertTransform, {}, { [name]: { [name]: [1] } }).record).toEqual({
      [plain]: { [plain]: [1] },
    });
  });

  it('loses no field to another that comes to its name', () => {
    const { records } = opened(pandoraKeyConvertTransform, {}).apply([
      { 'a.b': 1, a_b: 2, 'a/b': 3 },
    ]);

    expect(records).toEqual([{ a_b: 1, a_b_1: 2, a_b_2: 3 }]);
  });
});
