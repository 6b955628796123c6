import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOG } from '../../agent/plugins/catalog.ts';
import { jsonSchemaOf, type OptionDescription, optionsOf } from '../../agent/plugins/describe.ts';
import type { PluginInfo } from '../../agent/plugins/plugin.ts';
import { pluginsPage } from '../../docs/plugin-pages.ts';
import { redactedOptions } from '../../shared/domain/redaction.ts';
import { AppError } from '../../shared/kernel/errors.ts';

interface Configurable extends PluginInfo {
  configure(options: Readonly<Record<string, string>>): unknown;
}

const KINDS: readonly (readonly [string, readonly Configurable[]])[] = Object.entries(CATALOG);

const PLUGINS = KINDS.flatMap(([kind, plugins]) =>
  plugins.map((plugin) => ({
    name: `${kind}/${plugin.type}`,
    /** As messages call it. */
    title: `${kind.slice(0, -1)} ${plugin.type}`,
    plugin,
  })),
);

const SECRET = 'hunter2-hunter2';
const NAMED_SECRET = /passw|secret|token|credential|datasource$|community/;

describe('docs/plugins.md', () => {
  it('is what the schemas say: npm run docs writes it', async () => {
    const page = await readFile(
      join(import.meta.dirname, '..', '..', 'docs', 'plugins.md'),
      'utf8',
    );

    expect(page).toBe(pluginsPage());
  });
});

describe('the catalog', () => {
  it.each(KINDS)('has one plugin of a name among the %s', (_, plugins) => {
    const types = plugins.map(({ type }) => type);

    expect(new Set(types).size).toBe(types.length);
  });
});

describe.each(PLUGINS)('$name', ({ title, plugin }) => {
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

  it('refuses a wrong value of each option in words that name it and what would be right', () => {
    for (const option of optionsOf(plugin)) {
      for (const { value, right } of wrongValues(option)) {
        const message = refusal(plugin, { [option.name]: value });

        expect(message.startsWith(`${title}: `)).toBe(true);
        const words = about(message, option.name);
        expect(
          right.some((word) => words.includes(word)),
          `${value}: ${words}`,
        ).toBe(true);
      }
    }
  });

  it('names each option that is missing, with an example of it', () => {
    for (const { name, isRequired, example } of optionsOf(plugin)) {
      if (!isRequired) continue;
      const words = about(refusal(plugin, {}), name);

      expect(words).toMatch(/is required/);
      expect(words).toContain(example);
    }
  });

  it('passes over an option that it does not know, as the original does', () => {
    const outcome = (options: Readonly<Record<string, string>>) => {
      try {
        plugin.configure(options);
        return 'taken';
      } catch (thrown) {
        return String(thrown);
      }
    };

    expect(outcome({ no_such_option: 'x' })).toBe(outcome({}));
  });

  it('keeps to itself what is secret', () => {
    const names = optionsOf(plugin).map(({ name }) => name);
    expect(
      names.filter((name) => NAMED_SECRET.test(name) && !plugin.secrets.includes(name)),
    ).toEqual([]);
    // What is not secret is to be read where the configuration is shown.
    const shown = redactedOptions(Object.fromEntries(names.map((name) => [name, 'x'])));
    const hidden = names.filter((name) => shown[name] !== 'x' && !plugin.secrets.includes(name));
    expect(hidden).toEqual([]);
    for (const name of plugin.secrets) {
      expect(JSON.stringify(redactedOptions({ [name]: SECRET }))).not.toContain(SECRET);
      try {
        plugin.configure({ [name]: SECRET });
      } catch (thrown) {
        expect(String(thrown)).not.toContain(SECRET);
      }
    }
  });
});

describe.each(CATALOG.transforms)('the transform $type', (plugin) => {
  it.each([{ value: [] }, { value: {} }])('refuses $value for any of its options', ({ value }) => {
    for (const { name } of optionsOf(plugin)) {
      expect(() => plugin.configure({ [name]: value })).toThrow(`${name}: `);
    }
  });
});

interface Wrong {
  readonly value: string;
  /** Of these one at least. */
  readonly right: readonly string[];
}

/** What cannot be right for an option of this kind, and what its refusal has to speak of. */
function wrongValues({ choices, default: fallback }: OptionDescription): readonly Wrong[] {
  if (choices.length > 0) {
    return [{ value: 'no such word', right: choices }];
  }
  if (/^-?\d+$/.test(fallback)) {
    return ['1.5', 'many', '-1000000000', '9'.repeat(20)].map((value) => ({
      value,
      right: ['number'],
    }));
  }
  if (/^(\d+(ms|s|m|h))+$/.test(fallback)) return [{ value: 'soon', right: ['"3m"'] }];
  return [];
}

/** The message of an error `invalid`. */
function refusal(plugin: Configurable, options: Readonly<Record<string, string>>): string {
  try {
    plugin.configure(options);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.kind === 'invalid') return thrown.message;
    throw thrown;
  }
  throw new Error(`${plugin.type} takes ${JSON.stringify(options)}`);
}

/** What a message says of one option. */
function about(message: string, name: string): string {
  const start = message.indexOf(` ${name}: `);
  return start === -1 ? '' : message.slice(start);
}
