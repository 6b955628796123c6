import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOG } from '../agent/plugins/catalog.ts';
import { jsonSchemaOf, optionsOf } from '../agent/plugins/describe.ts';
import type { PluginInfo } from '../agent/plugins/plugin.ts';
import { pluginsPage } from '../docs/plugin-pages.ts';

const KINDS: readonly (readonly [string, readonly PluginInfo[]])[] = Object.entries(CATALOG);

const PLUGINS = KINDS.flatMap(([kind, plugins]) =>
  plugins.map((plugin) => ({ name: `${kind}/${plugin.type}`, plugin })),
);

describe('docs/plugins.md', () => {
  it('is what the schemas say: npm run docs writes it', async () => {
    const page = await readFile(join(import.meta.dirname, '..', 'docs', 'plugins.md'), 'utf8');

    expect(page).toBe(pluginsPage());
  });
});

describe('the catalog', () => {
  it.each(KINDS)('has one plugin of a name among the %s', (_, plugins) => {
    const types = plugins.map(({ type }) => type);

    expect(new Set(types).size).toBe(types.length);
  });
});

describe.each(PLUGINS)('$name', ({ plugin }) => {
  it('says in a sentence what it does', () => {
    expect(plugin.usage).toMatch(/^\S.{10,200}\.$/s);
  });

  it('says of each option what it means', () => {
    const silent = optionsOf(plugin).filter(({ description }) => !/^\S.+\.$/s.test(description));

    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('shows what a required option looks like', () => {
    const bare = optionsOf(plugin).filter(
      ({ isRequired, example }) => isRequired && example === '',
    );

    expect(bare.map(({ name }) => name)).toEqual([]);
  });

  it('has a default that is one of the choices', () => {
    const odd = optionsOf(plugin).filter(
      ({ choices, default: value }) =>
        value !== '' && choices.length > 0 && !choices.includes(value),
    );

    expect(odd.map(({ name }) => name)).toEqual([]);
  });

  it('knows the options that it keeps secret', () => {
    const names = optionsOf(plugin).map(({ name }) => name);

    expect(plugin.secrets.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('has a JSON Schema with all of its options', () => {
    const { properties = {} } = jsonSchemaOf(plugin);

    expect(Object.keys(properties)).toEqual(optionsOf(plugin).map(({ name }) => name));
  });
});
