import type { z } from 'zod';
import { type KeySchema, schemaAt } from './main-config-keys.ts';

const SHOWN_CHARACTERS_MAX = 80;

type Issue = z.core.$ZodIssue;

const WITH_OWN_WORDS: ReadonlySet<Issue['code']> = new Set([
  'custom',
  'invalid_format',
  'invalid_value',
]);

/**
 * What is wrong with the value at `issue.path` and what would be right, in one line without the
 * place: `"yes" is not a boolean; write true or false`.
 */
export function problemOf(issue: Issue, given: unknown, schema: KeySchema): string {
  // These come with words of their own, written beside the check.
  if (WITH_OWN_WORDS.has(issue.code)) return issue.message;
  const key = schemaAt(schema, issue.path) ?? {};
  const value = valueAt(given, issue.path);
  const { noun, remedy } = wantedOf(key);

  if (value === undefined) return `is missing; ${remedy(key)}`;
  if (issue.code === 'too_big' && typeof value !== 'number') return tooLong(value, key);
  if (value === '') return `is empty; ${remedy(key)}`;
  return `${shown(value, key)} is not ${noun(key)}; ${remedy(key)}`;
}

function tooLong(value: unknown, { maxItems, maxLength }: KeySchema): string {
  return Array.isArray(value)
    ? `has more than ${maxItems ?? 0} items; shorten the list`
    : `is longer than ${maxLength ?? 0} characters; shorten it`;
}

/** `cluster.master_url[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

/** What a key of a type wants: the noun for it, and how to write one. */
interface Wanted {
  readonly noun: (key: KeySchema) => string;
  readonly remedy: (key: KeySchema) => string;
}

const WANTED: Readonly<Record<string, Wanted>> = {
  boolean: { noun: () => 'a boolean', remedy: () => 'write true or false' },
  integer: {
    noun: ({ minimum, maximum }) => `a whole number from ${minimum ?? 0} to ${maximum ?? 0}`,
    remedy: (key) => `write a number such as ${JSON.stringify(key.default)}`,
  },
  array: {
    noun: () => 'a list',
    remedy: ({ examples }) => `write a list such as ${JSON.stringify(examples?.[0] ?? [])}`,
  },
  object: { noun: () => 'a group of keys', remedy: () => 'write { ... }' },
};
const TEXT_WANTED: Wanted = { noun: () => 'text', remedy: () => 'write text in double quotes' };

function wantedOf({ type }: KeySchema): Wanted {
  const main = Array.isArray(type) ? type[0] : type;
  return WANTED[main ?? 'string'] ?? TEXT_WANTED;
}

/** A value that would be a secret is not shown, even when it is none. */
function shown(value: unknown, { writeOnly }: KeySchema): string {
  if (writeOnly === true) return 'the value';
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}...` : text;
}

/** A number that stands for a whole group is the value of every key in it. */
function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let here: unknown = given;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return here;
    here = new Map<PropertyKey, unknown>(Object.entries(here)).get(String(step));
  }
  return here;
}
