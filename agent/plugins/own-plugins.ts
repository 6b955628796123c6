import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import type { Catalog } from './catalog.ts';
import { defineParser, defineReader, defineSender, defineTransform } from './define.ts';
import { option } from './option.ts';
import type {
  ParserSpec,
  PluginInfo,
  ReaderSpec,
  SenderSpec,
  SpecBase,
  TransformSpec,
} from './plugin.ts';

/** What a plugin of one's own is given to be made of: it need import nothing of the program. */
export interface PluginKit {
  readonly defineReader: <Options>(spec: ReaderSpec<Options>) => PluginInfo;
  readonly defineParser: <Options>(spec: ParserSpec<Options>) => PluginInfo;
  readonly defineTransform: <Options>(spec: TransformSpec<Options>) => PluginInfo;
  readonly defineSender: <Options>(spec: SenderSpec<Options>) => PluginInfo;
  readonly option: typeof option;
  readonly z: typeof z;
}

const FILE = /(?<!\.d)(?<!\.test)\.(?:js|mjs|ts)$/;

/**
 * The catalog with the plugins of a folder beside the built-in ones. Each file of it (`*.js`,
 * `*.mjs`, `*.ts`) has a function `(kit) => plugin | plugin[]` as its default export. These run as
 * part of the program, with all its rights.
 *
 * @throws AppError `invalid` or `not_found`, one line that names the file and what is wrong with it.
 */
export async function withOwnPlugins(catalog: Catalog, dir: string): Promise<Catalog> {
  if (dir === '') return catalog;
  let all = catalog;
  for (const name of await filesOf(dir)) {
    const file = join(dir, name);
    try {
      all = await withFile(all, file);
    } catch (thrown) {
      const why = messageOf(thrown).split('\n')[0] ?? '';
      throw new AppError('invalid', `plugins_dir: ${file}: ${why}`, { cause: thrown });
    }
  }
  return all;
}

async function filesOf(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).filter((name) => FILE.test(name)).toSorted();
  } catch (cause) {
    throw new AppError('not_found', `plugins_dir: cannot read ${dir}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function withFile(catalog: Catalog, file: string): Promise<Catalog> {
  const module: unknown = await import(pathToFileURL(file).href);
  const make =
    typeof module === 'object' && module !== null && 'default' in module && module.default;
  if (typeof make !== 'function') {
    throw new Error('has no function as its default export; write export default (kit) => ...');
  }
  const { kit, made } = kitOf();
  const result: unknown = await Reflect.apply(make, undefined, [kit]);
  const returned: readonly unknown[] = Array.isArray(result) ? result : [result];
  const isWhole = made.size > 0 && returned.every((one) => made.has(one));
  if (!isWhole) {
    throw new Error('its function returns no plugin; return what kit.defineReader ... made');
  }
  return {
    ...joined(
      catalog,
      [...made].filter(([plugin]) => returned.includes(plugin)),
    ),
  };
}

type Add = (catalog: Catalog) => Catalog;

/** The kit for one file, and how each plugin that is made with it is put into a catalog. */
function kitOf(): { readonly kit: PluginKit; readonly made: Map<unknown, Add> } {
  const made = new Map<unknown, Add>();
  const keep = <Plugin extends PluginInfo>(
    plugin: Plugin,
    add: (plugin: Plugin) => Add,
  ): Plugin => {
    made.set(plugin, add(plugin));
    return plugin;
  };
  const kit: PluginKit = {
    defineReader: (spec) =>
      keep(defineReader(checked(spec)), (plugin) => (catalog) => ({
        ...catalog,
        readers: beside(catalog.readers, plugin),
      })),
    defineParser: (spec) =>
      keep(
        defineParser({ ...checked(spec), sampleLog: spec.sampleLog }),
        (plugin) => (catalog) => ({
          ...catalog,
          parsers: beside(catalog.parsers, plugin),
        }),
      ),
    defineTransform: (spec) =>
      keep(defineTransform(checked(spec)), (plugin) => (catalog) => ({
        ...catalog,
        transforms: beside(catalog.transforms, plugin),
      })),
    defineSender: (spec) =>
      keep(defineSender(checked(spec)), (plugin) => (catalog) => ({
        ...catalog,
        senders: beside(catalog.senders, plugin),
      })),
    ...{ option, z },
  };
  return { kit, made };
}

function joined(catalog: Catalog, plugins: readonly (readonly [unknown, Add])[]): Catalog {
  return plugins.reduce((all, [, add]) => add(all), catalog);
}

function beside<Plugin extends PluginInfo>(known: readonly Plugin[], plugin: Plugin): Plugin[] {
  if (known.some(({ type }) => type === plugin.type)) {
    throw new Error(
      `there is a plugin "${plugin.type}" of this kind already; give it another type`,
    );
  }
  return [...known, plugin];
}

const Spec = z.object({
  type: z.string('must be a text').min(1, 'is empty'),
  usage: z.string('must be a sentence that says what it does').min(1, 'is empty'),
  options: z.instanceof(z.ZodType, { error: 'must be a schema made with kit.z' }),
  open: z.custom((value) => typeof value === 'function', 'must be a function'),
});

/** The same spec: whoever wrote it in JavaScript had no compiler to tell what is missing. */
function checked<Given extends SpecBase<unknown>>(spec: Given): Given {
  const { error } = Spec.safeParse(spec);
  const issue = error?.issues[0];
  if (issue === undefined) return spec;
  const type = typeof spec.type === 'string' ? ` of "${spec.type}"` : '';
  throw new Error(`${issue.path.join('.') || 'the plugin'}${type} ${issue.message}`);
}
