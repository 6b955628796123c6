import type { ReadField } from '../../../records/field-values.ts';
import { addLabels } from '../../../records/labels.ts';
import type { LineOptions } from '../../../records/line-options.ts';

import type { LogRecord } from '../../plugin.ts';

/** A value that a line has, and what becomes of it. */
export interface AccessField {
  readonly name: string;
  /** It stays the text that it is. */
  readonly isText: boolean;
  readonly read: ReadField;
}

/** A field with all that is written and looked for around it, as bytes. */
export interface ByteField extends AccessField {
  /** What leads to its value where it is the first field of its record, and where it is not. */
  readonly first: Buffer;
  readonly next: Buffer;
  /** What the line has behind the value. */
  readonly behind: Buffer;
  /** The first byte of it; -1: the value goes on to the end of the line. */
  readonly stop: number;
}

/** How access logs become JSON without a text or an object in between. */
export interface ByteForm {
  /** What each line begins with. */
  readonly head: Buffer;
  readonly fields: readonly ByteField[];
  /** Labels as members of an object; empty: there are none. */
  readonly labels: Buffer;
  readonly keepsRaw: boolean;
}

const FIRST_NON_ASCII = 0x80;

/** Null where records come out right by way of objects only. `between`: as `LinePattern.between`. */
export function byteForm(
  between: readonly string[] | null,
  fields: readonly AccessField[],
  { labels, keep_raw_data: keepsRaw }: LineOptions,
): ByteForm | null {
  if (between === null) return null;
  const [head = '', ...behind] = between.map((text) => Buffer.from(text));
  const isOneByte = behind.every((text) => (text[0] ?? 0) < FIRST_NON_ASCII);
  const names = new Set(fields.map(({ name }) => name));
  const isOrdinary = !names.has('__proto__') && !(keepsRaw && names.has('raw_data'));
  // Whether a label is added would depend on the line.
  const isDecided = fields.every(
    ({ name, isText }) => isText || !labels.some(([label]) => label === name),
  );
  if (!isOneByte || !isOrdinary || !isDecided) return null;

  const added: LogRecord = {};
  const taken = keepsRaw ? new Set([...names, 'raw_data']) : names;
  addLabels(
    added,
    labels.filter(([name]) => !taken.has(name)),
  );
  const members = JSON.stringify(added).slice(1, -1);
  return {
    head: Buffer.from(head),
    fields: fields.map((field, index) => byteField(field, behind[index] ?? Buffer.alloc(0))),
    labels: Buffer.from(members),
    keepsRaw,
  };
}

function byteField(field: AccessField, behind: Buffer): ByteField {
  const name = `${JSON.stringify(field.name)}:${field.isText ? '"' : ''}`;
  return {
    ...field,
    first: Buffer.from(`{${name}`),
    next: Buffer.from(`,${name}`),
    behind,
    stop: behind[0] ?? -1,
  };
}
