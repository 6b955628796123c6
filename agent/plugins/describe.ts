import { z } from 'zod';
import type { PluginInfo } from './plugin.ts';

/** What a form or a page of documentation says of one option. */
export interface OptionDescription {
  readonly name: string;
  readonly description: string;
  /** What holds when it is not given, as one would write it; empty: nothing does. */
  readonly default: string;
  /** The values that it takes; none: any. */
  readonly choices: readonly string[];
  readonly example: string;
  readonly isRequired: boolean;
  readonly isAdvanced: boolean;
  readonly isSecret: boolean;
}

/** The options of a plugin in the order of its schema, from which all of this comes. */
export function optionsOf({ schema, secrets }: PluginInfo): OptionDescription[] {
  return Object.entries(shapeOf(schema)).map(([name, field]) => {
    const layers = layersOf(field);
    const facts = layers.map((layer) => layer.meta() ?? {});
    const first = <Key extends keyof z.GlobalMeta>(key: Key): z.GlobalMeta[Key] | undefined =>
      facts.find((one) => one[key] !== undefined)?.[key];
    return {
      name,
      description: first('description') ?? '',
      default: asWritten(first('default') ?? defaultOf(layers)),
      choices: first('choices') ?? choicesOf(layers),
      example: first('example') ?? '',
      isRequired: !field.safeParse(undefined).success,
      isAdvanced: first('advanced') ?? false,
      isSecret: secrets.includes(name),
    };
  });
}

/** The JSON Schema (2020-12) of what a plugin is given, beside its type. */
export function jsonSchemaOf({ schema, usage }: PluginInfo): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema.describe(usage), { io: 'input', unrepresentable: 'any' });
}

type Fields = Readonly<Record<string, z.ZodType>>;

function shapeOf(schema: unknown): Fields {
  const object = layersOf(schema).find((layer) => layer instanceof z.ZodObject);
  if (object === undefined) return {};
  return Object.fromEntries(
    Object.entries(object.shape).flatMap(([name, field]) =>
      field instanceof z.ZodType ? [[name, field]] : [],
    ),
  );
}

/** The schema, and what it wraps, from the outside in. */
function layersOf(schema: unknown): z.ZodType[] {
  if (!(schema instanceof z.ZodType)) return [];
  return [schema, ...layersOf(innerOf(schema))];
}

function innerOf(schema: z.ZodType): unknown {
  if (schema instanceof z.ZodPipe) return schema.in;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return schema.unwrap();
  return undefined;
}

function defaultOf(layers: readonly z.ZodType[]): unknown {
  return layers.find((layer) => layer instanceof z.ZodDefault)?.def.defaultValue;
}

function choicesOf(layers: readonly z.ZodType[]): string[] {
  const words = layers.find((layer) => layer instanceof z.ZodEnum)?.options ?? [];
  return words.map(String).filter((word) => word !== '');
}

function asWritten(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
