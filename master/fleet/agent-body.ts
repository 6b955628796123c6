import { parseJson } from '../../shared/api/json-numbers.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';

/** The parts of a runner configuration whose values a Go agent takes as strings only. */
const OPTION_PARTS: readonly string[] = ['reader', 'parser', 'cleaner'];

/**
 * The configuration as every agent takes it: values inside `reader`, `parser`, `cleaner` and
 * `senders` become strings (`4096` -> `"4096"`), everything else stays as it is, numbers digit by
 * digit. A text that needs no change, or that is no JSON object, is given back untouched: then the
 * agents' own refusal is the answer.
 */
export function stringifyOptions(bodyText: string): string {
  try {
    return rewritten(bodyText) ?? bodyText;
  } catch {
    // It is no JSON, or nested too deep to be read.
    return bodyText;
  }
}

/** Whether agents that run this configuration do its work together. */
export function sharesWork(bodyText: string): boolean {
  try {
    const config = parseJson(bodyText);
    return isJsonObject(config) && (config['partition'] ?? null) !== null;
  } catch {
    return false;
  }
}

/** Null when there is nothing to change. */
function rewritten(text: string): string | null {
  const config = parseJson(text);
  if (!isJsonObject(config)) return null;

  const parts = [...OPTION_PARTS.map((key) => config[key]), ...listOf(config['senders'])];
  if (!parts.some(hasTypedValue)) return null;

  const forAgents = mapValues(config, (value, key) => {
    if (OPTION_PARTS.includes(key)) return asOptions(value);
    return key === 'senders' && Array.isArray(value) ? value.map(asOptions) : value;
  });
  return JSON.stringify(forAgents);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function hasTypedValue(part: unknown): boolean {
  return isJsonObject(part) && Object.values(part).some((value) => !isTaken(value));
}

/** null is taken too: an agent reads it as absent. */
function isTaken(value: unknown): boolean {
  return typeof value === 'string' || value === null;
}

function asOptions(part: unknown): unknown {
  if (!isJsonObject(part)) return part;
  return mapValues(part, (value) => (isTaken(value) ? value : JSON.stringify(value)));
}

function mapValues(
  object: JsonObject,
  change: (value: unknown, key: string) => unknown,
): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, change(value, key)]),
  );
}
