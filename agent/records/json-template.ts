import type { LogRecord } from '../plugins/plugin.ts';
import { fieldPath, getField } from './field-path.ts';

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

/** Makes a JSON text, without line breaks, of a record. */
export type JsonTemplate = (record: LogRecord) => string;

type Part = string | { readonly name: string; readonly isInText: boolean };

/**
 * A JSON text with fields of a record in it: `{"a": "{{key1}}", "b": {{key2}}}`. Within quotes a
 * field becomes text, elsewhere the JSON value that it is; a field that is not there is empty, or
 * null. What comes out is always JSON.
 *
 * @throws Error that says why the text is no such template.
 */
export function jsonTemplate(text: string): JsonTemplate {
  const parts = partsOf(text);
  const render: JsonTemplate = (record) => parts.map((part) => rendered(part, record)).join('');
  try {
    JSON.parse(render({}));
  } catch {
    throw new Error('is no JSON once its {{fields}} are filled in');
  }
  return render;
}

function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let isInText = false;
  let from = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    const before = text.slice(from, match.index);
    isInText = endsInText(before, isInText);
    // Line breaks of a JSON text stand between its values only: a blank does as well.
    parts.push(before.replace(/[\r\n]/g, ' '), { name: (match[1] ?? '').trim(), isInText });
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from).replace(/[\r\n]/g, ' '));
  return parts;
}

/** Whether quotes are open behind a piece of JSON. */
function endsInText(piece: string, wasInText: boolean): boolean {
  const quotes = piece.replace(/\\./gs, '').split('"').length - 1;
  return quotes % 2 === 1 ? !wasInText : wasInText;
}

function rendered(part: Part, record: LogRecord): string {
  if (typeof part === 'string') return part;
  const value = valueOf(record, part.name);
  if (!part.isInText) return value === undefined ? 'null' : JSON.stringify(value);
  if (value === undefined || value === null) return '';
  return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)).slice(1, -1);
}

/** A field by its whole name, or by the path that the name means. */
function valueOf(record: LogRecord, name: string): unknown {
  if (Object.hasOwn(record, name)) return record[name];
  const path = fieldPath(name);
  return path === null ? undefined : getField(record, path);
}
