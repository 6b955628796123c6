import { z } from 'zod';
import { MainConfig } from './main-config.ts';

/** The parts of JSON Schema that the main configuration uses. */
export type KeySchema = z.core.JSONSchema.BaseSchema;

/** A key that holds a value, as opposed to one that groups other keys. */
export interface ConfigKey {
  readonly path: readonly string[];
  readonly schema: KeySchema;
}

/** JSON Schema of the configuration file, for editors; all that follows in this file reads it. */
export function mainConfigJsonSchema(): KeySchema {
  return z.toJSONSchema(MainConfig, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema, path }) => {
      if (jsonSchema.type !== 'object') return;
      jsonSchema.additionalProperties = false;
      if (path.at(-1) === 'timeout_ms') jsonSchema.type = ['object', 'integer'];
    },
  });
}

/** Every key that holds a value, in the order of the definition; `$schema` is not one of them. */
export function configKeys(schema: KeySchema, path: readonly string[] = []): readonly ConfigKey[] {
  return children(schema).flatMap(([name, child]) => {
    if (name.startsWith('$')) return [];
    const here = [...path, name];
    return child.properties === undefined
      ? [{ path: here, schema: child }]
      : configKeys(child, here);
  });
}

/** The keys right below one that groups them; none for a key that holds a value. */
export function children(schema: KeySchema): readonly (readonly [string, KeySchema])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    typeof child === 'boolean' ? [] : [[name, child] as const],
  );
}

/** The definition of the key at `path`; numbers in it step into the items of a list. */
export function schemaAt(schema: KeySchema, path: readonly PropertyKey[]): KeySchema | undefined {
  let here = schema;
  for (const step of path) {
    const next: unknown = typeof step === 'number' ? here.items : here.properties?.[String(step)];
    if (!isKeySchema(next)) return undefined;
    here = next;
  }
  return here;
}

function isKeySchema(value: unknown): value is KeySchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
