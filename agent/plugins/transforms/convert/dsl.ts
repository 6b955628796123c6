/** What a value is to become. */
export type TargetType =
  | { readonly kind: 'long' | 'float' | 'string' | 'date' | 'bool' | 'json' }
  | { readonly kind: 'array'; readonly of: TargetType }
  | { readonly kind: 'map'; readonly fields: readonly FieldTarget[] };

export interface FieldTarget {
  readonly name: string;
  readonly type: TargetType;
  /** Takes the place of a value that cannot become the type; undefined: there is none. */
  readonly fallback: string | undefined;
}

const KINDS: Readonly<Record<string, 'long' | 'float' | 'string' | 'date' | 'bool' | 'json'>> = {
  l: 'long',
  long: 'long',
  f: 'float',
  float: 'float',
  s: 'string',
  string: 'string',
  d: 'date',
  date: 'date',
  b: 'bool',
  bool: 'bool',
  boolean: 'bool',
  j: 'json',
  json: 'json',
  jsonstring: 'json',
};
const LEVELS_MAX = 5;

const MAP = /^(\S+?)(?:\s+(?:m|map))?\s*\{(.*)\}$/is;
const ARRAY = /^(\S+)\s+(?:a|array)\s*\(\s*(\w+)\s*\)$/i;
const PLAIN = /^(\S+)(?:\s+(\w+)(?:\s+(\S+))?)?$/;

/**
 * Reads "a long, b array(float), c map{d date}": names with their types, parted by commas or line
 * breaks. A type may be written by its first letter; behind a plain one may stand a value for what
 * cannot become it.
 *
 * @throws Error that says what is wrong.
 */
export function parseDsl(dsl: string, levels = LEVELS_MAX): readonly FieldTarget[] {
  if (levels === 0) throw new Error(`maps are nested deeper than ${LEVELS_MAX} levels`);
  const targets = entriesOf(dsl).map((entry) => targetOf(entry, levels));
  const names = targets.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new Error(`"${twice}" is there twice`);
  return targets;
}

/** What stands between the commas and line breaks that are in no braces. */
function entriesOf(dsl: string): string[] {
  const entries: string[] = [];
  let entry = '';
  let depth = 0;
  for (const character of `${dsl},`) {
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (depth < 0) throw new Error('a } has no { before it');
    if (depth === 0 && (character === ',' || character === '\n')) {
      if (entry.trim() !== '') entries.push(entry.trim());
      entry = '';
    } else {
      entry += character;
    }
  }
  if (depth > 0) throw new Error('a { has no } behind it');
  return entries;
}

function targetOf(entry: string, levels: number): FieldTarget {
  const [, map, fields = ''] = MAP.exec(entry) ?? [];
  if (map !== undefined) {
    const type = { kind: 'map', fields: parseDsl(fields, levels - 1) } as const;
    return { name: map, type, fallback: undefined };
  }
  const [, array, of = ''] = ARRAY.exec(entry) ?? [];
  if (array !== undefined) {
    return { name: array, type: { kind: 'array', of: plainType(of) }, fallback: undefined };
  }
  const [, name, type = 'string', fallback] = PLAIN.exec(entry) ?? [];
  if (name === undefined) throw new Error(`"${entry}" is no name with a type`);
  return { name, type: plainType(type), fallback };
}

function plainType(name: string): TargetType {
  const lower = name.toLowerCase();
  if (/^(?:m|map)$/.test(lower)) return { kind: 'map', fields: [] };
  const kind = Object.hasOwn(KINDS, lower) ? KINDS[lower] : undefined;
  if (kind !== undefined) return { kind };
  const known = 'long, float, string, date, bool, json, array(type), map{name type}';
  throw new Error(`"${name}" is no type; there are ${known}`);
}
