import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changed } from '../../../test/support/transforming.ts';
import { mapreplaceTransform } from './mapreplace.ts';

let dir = '';
const inDir = (name: string) => join(dir, name);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mapreplace-'));
  await writeFile(inDir('map.json'), '{"download": "get", "7": "seven", "n": 1}');
  await writeFile(inDir('list.json'), '[1]');
  await writeFile(inDir('nested.json'), '{"a": {}}');
});

afterAll(() => rm(dir, { recursive: true }));

describe('the transform mapreplace', () => {
  it.each([
    { value: 'download', other: '下载' },
    { value: 'b', other: 'x' },
    { value: 1, other: 'one' },
    { value: true, other: 'yes' },
    { value: 'downloads', other: 'downloads' },
  ])('puts $other in the place of $value', ({ value, other }) => {
    const options = { key: 'a', map: 'download 下载, b  x,1 one,true yes,' };

    expect(changed(mapreplaceTransform, options, { a: value })).toEqual({
      record: { a: other },
      problem: '',
    });
  });

  it('puts it elsewhere, where there is another text', () => {
    const options = { key: 'a', new: 'b', map: 'x y' };

    expect(changed(mapreplaceTransform, options, { a: 'x' }).record).toEqual({ a: 'x', b: 'y' });
    expect(changed(mapreplaceTransform, options, { a: 'z' }).record).toEqual({ a: 'z' });
  });

  it('reads its list from a file', () => {
    const options = { key: 'a', map_file: inDir('map.json') };

    expect(mapreplaceTransform.configure(options).readPaths()).toEqual([inDir('map.json')]);
    expect(changed(mapreplaceTransform, options, { a: 7 }).record).toEqual({ a: 'seven' });
    expect(changed(mapreplaceTransform, options, { a: 'n' }).record).toEqual({ a: '1' });
  });

  it.each([
    { file: 'none.json', why: 'ENOENT' },
    { file: 'list.json', why: 'is no JSON object' },
    { file: 'nested.json', why: 'is neither text nor a number' },
  ])('says what is wrong with $file: $why', ({ file, why }) => {
    const options = { key: 'a', map_file: inDir(file) };

    expect(() => changed(mapreplaceTransform, options, { a: 1 })).toThrow(why);
  });

  it.each([
    { record: {}, problem: 'transform key a not exist in data' },
    { record: { a: null }, problem: 'transform key a is neither text nor a number' },
  ])('counts $record: $problem', ({ record, problem }) => {
    expect(changed(mapreplaceTransform, { key: 'a', map: 'x y' }, record)).toEqual({
      record,
      problem,
    });
  });

  it.each([{}, { map: 'x' }, { map: 'x y z' }, { map: ' , ' }])('refuses %j', (options) => {
    expect(() => mapreplaceTransform.configure({ key: 'a', ...options })).toThrow(
      'map: must be pairs like "200 fine, 500 broken", or name a map_file',
    );
  });
});
