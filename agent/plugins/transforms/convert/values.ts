import { parseJson } from '../../../../shared/api/json-numbers.ts';
import type { GoTimeFormat } from '../../../../shared/domain/go-time-format.ts';
import { isRecord } from '../../../records/is-record.ts';
import type { ReadMoment } from '../../../records/moments.ts';
import { numberOrText, scalarText } from '../../../records/scalar-text.ts';
import { setField as setNamed } from '../../../records/set-field.ts';
import type { FieldTarget, TargetType } from './dsl.ts';

/** How dates are read and written. */
export interface DateRules {
  readonly readMoment: ReadMoment;
  readonly format: GoTimeFormat;
}

/**
 * What a value becomes; undefined: nothing, its field goes. Throws an Error that says why it cannot
 * become that.
 */
export type Convert = (value: unknown) => unknown;

/** @throws Error when the fallback is none of the type. */
export function converterOf({ type, fallback }: FieldTarget, rules: DateRules): Convert {
  const convert = convertTo(type, rules);
  if (fallback === undefined) return convert;
  const instead = convert(fallback);
  return (value) => {
    try {
      return convert(value) ?? instead;
    } catch {
      return instead;
    }
  };
}

function convertTo(type: TargetType, rules: DateRules): Convert {
  switch (type.kind) {
    case 'long':
      return emptyOr(toLong);
    case 'float':
      return emptyOr(toFloat);
    case 'string':
      return toText;
    case 'json':
      return toJsonText;
    case 'date':
      return (value) => rules.format(rules.readMoment(value));
    case 'bool':
      return toBool;
    case 'array':
      return toArray(convertTo(type.of, rules));
    case 'map':
      return toMap(type.fields.map((field) => [field.name, converterOf(field, rules)]));
  }
}

/** An empty text is no number, nor an error. */
function emptyOr(convert: (text: string) => unknown): Convert {
  return (value) => {
    if (typeof value === 'boolean') throw new Error('is no number');
    const text = scalarText(value).trim();
    return text === '' ? undefined : convert(text);
  };
}

const WHOLE = /^[+-]?\d{1,64}$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** What is behind the point is cut off. */
function toLong(text: string): unknown {
  if (WHOLE.test(text)) return exactLong(BigInt(text.replace('+', '')));
  const value = DECIMAL.test(text) ? Math.trunc(Number(text)) : Number.NaN;
  if (!Number.isFinite(value)) throw new Error('is no whole number');
  // Not -0, which JSON writes as 0, too.
  return exactLong(BigInt(value));
}

function exactLong(value: bigint): unknown {
  if (BigInt.asIntN(64, value) !== value) throw new Error('does not fit into 64 bits');
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(value.toString());
}

/** A number keeps its digits, also those that a double does not hold. */
function toFloat(text: string): unknown {
  const exact = numberOrText(text);
  if (typeof exact !== 'string') return exact;
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new Error('is no number that JSON can hold');
  return value;
}

function toText(value: unknown): string {
  if (value === null) return '';
  return isNested(value) ? JSON.stringify(value) : scalarText(value);
}

function toJsonText(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string') return value;
  if (isNested(value)) return JSON.stringify(value);
  throw new Error('is neither text nor an object nor a list');
}

function isNested(value: unknown): boolean {
  return Array.isArray(value) || isRecord(value);
}

const TRUE: readonly string[] = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE: readonly string[] = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

function toBool(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && TRUE.includes(value)) return true;
  if (typeof value === 'string' && FALSE.includes(value)) return false;
  throw new Error('is neither true nor false');
}

function toArray(convert: Convert): Convert {
  return (value) => {
    const list = typeof value === 'string' ? parseJson(value) : value;
    if (!Array.isArray(list)) throw new Error('is no list');
    return list.map((element) => convert(element) ?? null);
  };
}

/** Of an object, or of the JSON text of one; fields that are not named stay as they are. */
function toMap(fields: readonly (readonly [string, Convert])[]): Convert {
  return (value) => {
    const map = typeof value === 'string' ? parseJson(value) : value;
    if (!isRecord(map)) throw new Error('is no object');
    const converted = { ...map };
    for (const [name, convert] of fields) {
      if (!Object.hasOwn(map, name)) continue;
      const made = convert(map[name]);
      if (made === undefined) Reflect.deleteProperty(converted, name);
      else setNamed(converted, name, made);
    }
    return converted;
  };
}
