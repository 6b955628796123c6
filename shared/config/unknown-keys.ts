import { nearest } from '../domain/nearest.ts';
import { children, configKeys, type KeySchema } from './main-config-keys.ts';

/** Keys of the original that this program knows and has no use for. */
const WITHOUT_EFFECT = /^(?:pandora_.*|collect_log_enable)$/;

/**
 * One warning for each key that the configuration has and its definition has not, with the key
 * that was probably meant; and one for all keys of the original that have no effect here.
 */
export function unknownKeyWarnings(given: unknown, schema: KeySchema): readonly string[] {
  const unknown = unknownPaths(given, schema, []);
  const idle = unknown.filter(isWithoutEffect).map((path) => path.join('.'));
  const warnings = unknown
    .filter((path) => !isWithoutEffect(path))
    .map((path) => `${path.join('.')}: is not a known key and has no effect${meant(path, schema)}`);
  if (idle.length > 0) {
    warnings.push(`${idle.join(', ')}: accepted for the sake of old files, without any effect`);
  }
  return warnings;
}

function isWithoutEffect(path: readonly string[]): boolean {
  return path.length === 1 && WITHOUT_EFFECT.test(path[0] ?? '');
}

function unknownPaths(
  given: unknown,
  schema: KeySchema,
  path: readonly string[],
): readonly (readonly string[])[] {
  if (schema.properties === undefined || !isObject(given)) return [];
  const known = new Map(children(schema));
  return Object.entries(given).flatMap(([name, value]) => {
    const child = known.get(name);
    return child === undefined ? [[...path, name]] : unknownPaths(value, child, [...path, name]);
  });
}

/** A key beside it that is spelled nearly so, or one of the same name elsewhere. */
function meant(path: readonly string[], schema: KeySchema): string {
  const name = path.at(-1) ?? '';
  const keys = configKeys(schema).map((key) => key.path);
  const group = path.slice(0, -1).join('.');
  const beside = keys
    .filter((key) => key.slice(0, path.length - 1).join('.') === group)
    .map((key) => key[path.length - 1] ?? '');
  const near = nearest(name, [...new Set(beside)]);
  if (near !== null) return `; did you mean ${[...path.slice(0, -1), near].join('.')}?`;
  const elsewhere = keys.find((key) => key.at(-1) === name);
  return elsewhere === undefined ? '' : `; did you mean ${elsewhere.join('.')}?`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
