import { nearest } from '../domain/nearest.ts';
import type { ConfigKey, KeySchema } from './main-config-keys.ts';

const PREFIX = 'LOGKIT_';

type Env = Readonly<Record<string, string | undefined>>;

export interface Overridden {
  /** What the file says, with the values of the variables in it. */
  readonly given: unknown;
  /** The variable that each overridden key comes from, by the key's path (`cluster.tag`). */
  readonly variables: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/** The variable that overrides a key: `cluster.master_url` is `LOGKIT_CLUSTER_MASTER_URL`. */
export function variableOf({ path }: Pick<ConfigKey, 'path'>): string {
  return PREFIX + path.join('_').toUpperCase();
}

/**
 * Puts the values of `LOGKIT_<KEY>` variables over those of the file. A list is written with commas
 * or as JSON. What cannot be read as the type of its key stays text, for the schema to refuse.
 */
export function withEnvOverrides(
  fromFile: unknown,
  env: Env,
  keys: readonly ConfigKey[],
): Overridden {
  const variables = new Map<string, string>();
  let given = fromFile;
  for (const key of keys) {
    const variable = variableOf(key);
    const value = env[variable];
    if (value === undefined) continue;
    given = withValue(given, key.path, valueOf(value, key.schema));
    variables.set(key.path.join('.'), variable);
  }
  return { given, variables, warnings: misspelled(env, keys.map(variableOf)) };
}

/**
 * Where no store is named, neither in the file nor by a variable, the Redis of REDIS_ADDR
 * (`host:port`) is the store.
 */
export function withRedisAddress(overridden: Overridden, env: Env): Overridden {
  const address = env['REDIS_ADDR']?.trim() ?? '';
  if (address === '' || isStoreNamed(overridden.given)) return overridden;
  const url = address.includes('://') ? address : `redis://${address}`;
  const withType = withValue(overridden.given, ['store', 'type'], 'redis');
  const variables = [
    ...overridden.variables,
    ...['store.type', 'store.url'].map((key) => [key, 'REDIS_ADDR'] as const),
  ];
  return {
    ...overridden,
    given: withValue(withType, ['store', 'url'], url),
    variables: new Map(variables),
  };
}

/** Also by keys that are wrong without a type: then that is what is to be told. */
function isStoreNamed(given: unknown): boolean {
  const store = isObject(given) ? given['store'] : undefined;
  if (store === undefined) return false;
  if (!isObject(store)) return true;
  return ['type', 'url', 'path'].some((key) => (store[key] ?? '') !== '');
}

function valueOf(text: string, { type }: KeySchema): unknown {
  const trimmed = text.trim();
  if (type === 'array') return listOf(trimmed);
  if (type === 'boolean' && /^(?:true|false)$/.test(trimmed)) return trimmed === 'true';
  if (type === 'integer' && /^-?\d+$/.test(trimmed)) return Number(trimmed);
  return text;
}

function listOf(text: string): unknown {
  if (text === '') return [];
  if (!text.startsWith('[')) return text.split(',').map((item) => item.trim());
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A copy with one value changed. Where a group should be and is none, all stays as it was. */
function withValue(given: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (given !== undefined && !isObject(given)) return given;
  return { ...given, [name]: withValue(given?.[name], rest, value) };
}

/** Only what is nearly a key is worth a warning: others may have variables of this prefix too. */
function misspelled(env: Env, known: readonly string[]): readonly string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .flatMap((name) => {
      const meant = nearest(
        name.slice(PREFIX.length),
        known.map((key) => key.slice(PREFIX.length)),
      );
      if (meant === null) return [];
      return [`${name}: overrides no key and has no effect; did you mean ${PREFIX}${meant}?`];
    });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
