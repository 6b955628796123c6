import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pluginContext } from '../../test/support/plugin-context.ts';
import { CATALOG } from './catalog.ts';
import { withOwnPlugins } from './own-plugins.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples', 'plugins');

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'plugins-'));
});
afterEach(() => rm(dir, { recursive: true }));

const whole = (type: string) =>
  `{ type: '${type}', usage: 'Does it.', options: kit.z.object({}), open: () => ({}) }`;

describe('plugins of a folder', () => {
  it('stand beside the built-in ones: the examples work', async () => {
    const { transforms } = await withOwnPlugins(CATALOG, EXAMPLES);
    const shout = transforms.find(({ type }) => type === 'shout');
    const transform = shout?.configure({ key: 'm' }).open(pluginContext());

    expect(transforms.length).toBe(CATALOG.transforms.length + 1);
    expect(transform?.apply([{ m: 'hello' }]).records).toEqual([{ m: 'HELLO' }]);
  });

  it('may be several in a file, of any kind', async () => {
    const list = `[kit.defineReader(${whole('r1')}), kit.defineSender(${whole('s1')}), kit.defineParser(${whole('p1')})]`;
    await writeFile(join(dir, 'all.mjs'), `export default (kit) => ${list}`);
    await writeFile(join(dir, 'README.md'), 'no plugin');
    const { readers, senders, parsers } = await withOwnPlugins(CATALOG, dir);

    expect([readers, senders, parsers].map((kind) => kind.at(-1)?.type)).toEqual([
      'r1',
      's1',
      'p1',
    ]);
  });

  it.each([
    { source: 'export const a = 1', why: 'has no function as its default export' },
    { source: 'export default () => 5', why: 'its function returns no plugin' },
    { source: 'export default () => { throw new Error("no luck") }', why: 'no luck' },
    { source: 'import "nothing-of-the-kind"', why: "Cannot find package 'nothing-of-the-kind'" },
    {
      source: `export default (kit) => kit.defineTransform(${whole('label')})`,
      why: 'there is a plugin "label" of this kind already',
    },
    {
      source: 'export default (kit) => kit.defineSender({ type: "x" })',
      why: 'usage of "x" must be a sentence that says what it does',
    },
    {
      source:
        'export default (kit) => kit.defineReader({ type: "x", usage: "Does.", options: {} })',
      why: 'options of "x" must be a schema made with kit.z',
    },
  ])('are refused in one line that names the file: $why', async ({ source, why }) => {
    const file = join(dir, 'mine.mjs');
    await writeFile(file, source);
    const loading = withOwnPlugins(CATALOG, dir);

    await expect(loading).rejects.toThrow(`plugins_dir: ${file}: ${why}`);
    await expect(loading).rejects.toThrow(/^[^\n]*$/);
  });

  it('are none without a folder, and an error where it is not there', async () => {
    expect(await withOwnPlugins(CATALOG, '')).toBe(CATALOG);
    await expect(withOwnPlugins(CATALOG, join(dir, 'gone'))).rejects.toThrow(
      'plugins_dir: cannot read',
    );
  });
});
