import type { FieldEdit } from '../plugins/plugin.ts';
import type { JsonBytes } from './json-bytes.ts';
import { blankEnd } from './json-scan.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const BLANK = 0x20;
/** Each name of a record is compared with all of these. */
const EDITS_MAX = 16;
const NONE = -1;

const COMMA_BYTES = Buffer.from(',');
const OPEN_BYTES = Buffer.from('{');
const CLOSE_BYTES = Buffer.from('}');

/**
 * Edits that belong together, each of other fields, so that their order makes no difference; null:
 * they do not, or there are too many.
 */
export function compileEdits(edits: readonly FieldEdit[]): FieldEdits | null {
  const names = edits.flatMap((edit) => ('to' in edit ? [edit.name, edit.to] : [edit.name]));
  if (names.length > EDITS_MAX || new Set(names).size < names.length) return null;
  return new FieldEdits(edits);
}

/** What is to be done with a field that a record has. */
type Rule = 'keep' | 'cut' | 'give up';

interface Slot {
  readonly name: Buffer;
  readonly rule: Rule;
  /** A record without this field is given up. */
  readonly isRequired: boolean;
}

/** What is put behind the fields that stay. */
interface Append {
  /** `"name":value`, or `"name":` where the value is taken from another field. */
  readonly json: Buffer;
  /** The slot whose value follows; NONE: it is in `json`. */
  readonly valueOf: number;
  /** It is left out where the record has this slot's field. */
  readonly unless: number;
}

/**
 * Edits of the top-level fields of records that are JSON text, without a look at the values: they
 * stay byte for byte as they are.
 */
export class FieldEdits {
  readonly #slots: Slot[] = [];
  readonly #appends: Append[] = [];
  /** By slot: where the value begins and ends in the record at hand; NONE: it has no such field. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  /** Whether the field looked at last is cut. */
  #isCut = false;

  constructor(edits: readonly FieldEdit[]) {
    for (const edit of edits) this.#compile(edit);
    this.#starts = new Int32Array(this.#slots.length);
    this.#ends = new Int32Array(this.#slots.length);
  }

  /**
   * Writes the record whose text, valid JSON, begins at `start` of `bytes`. False, and nothing is
   * written, where that takes a closer look: a name is escaped, or there twice, or there is, or is
   * not, a field that an edit did not expect.
   */
  write(bytes: Uint8Array, start: number, json: JsonBytes): boolean {
    const before = json.length;
    this.#starts.fill(NONE);
    json.put(OPEN_BYTES);
    const isDone = this.#writeKept(bytes, start, json) && this.#hasRequired();
    if (!isDone) {
      json.cutTo(before);
      return false;
    }
    this.#writeAppends(bytes, json, before + 1);
    json.put(CLOSE_BYTES);
    return true;
  }

  #compile(edit: FieldEdit): void {
    switch (edit.kind) {
      case 'add': {
        const rule = edit.whenPresent === 'keep' ? 'keep' : 'give up';
        const unless = this.#slot(edit.name, rule);
        const json = `${JSON.stringify(edit.name)}:${JSON.stringify(edit.value)}`;
        this.#appends.push({ json: Buffer.from(json), valueOf: NONE, unless });
        return;
      }
      case 'remove':
        this.#slot(edit.name, 'cut');
        return;
      case 'copy':
      case 'rename': {
        const rule = edit.kind === 'copy' ? 'keep' : 'cut';
        const valueOf = this.#slot(edit.name, rule, true);
        const unless = this.#slot(edit.to, 'give up');
        const json = `${JSON.stringify(edit.to)}:`;
        this.#appends.push({ json: Buffer.from(json), valueOf, unless });
      }
    }
  }

  #slot(name: string, rule: Rule, isRequired = false): number {
    return this.#slots.push({ name: Buffer.from(name), rule, isRequired }) - 1;
  }

  /** Writes the fields that stay, those that are side by side at once. */
  #writeKept(bytes: Uint8Array, start: number, json: JsonBytes): boolean {
    const empty = json.length;
    let from = 0;
    let until = 0;
    for (let at = blankEnd(bytes, start + 1); bytes[at] !== CLOSE_OBJECT; ) {
      const end = this.#memberEnd(bytes, at);
      if (end === NONE) return false;
      if (this.#isCut) {
        putRun(json, bytes.subarray(from, until), empty);
        until = from;
      } else {
        if (until === from) from = at;
        until = end;
      }
      const next = blankEnd(bytes, end);
      at = bytes[next] === COMMA ? blankEnd(bytes, next + 1) : next;
    }
    putRun(json, bytes.subarray(from, until), empty);
    return true;
  }

  /** Where the field that begins at `at` ends; NONE when the record must be given up. */
  #memberEnd(bytes: Uint8Array, at: number): number {
    const nameEnd = plainEnd(bytes, at + 1);
    if (nameEnd === NONE) return NONE;
    const value = blankEnd(bytes, blankEnd(bytes, nameEnd + 1) + 1);
    const end = valueEnd(bytes, value);
    const slot = this.#slotOf(bytes, at + 1, nameEnd);
    this.#isCut = slot !== NONE && this.#slots[slot]?.rule === 'cut';
    return slot === NONE || this.#takes(slot, value, end) ? end : NONE;
  }

  /** Notes the value of a slot; false when the record must be given up. */
  #takes(slot: number, start: number, end: number): boolean {
    if (this.#starts[slot] !== NONE || this.#slots[slot]?.rule === 'give up') return false;
    this.#starts[slot] = start;
    this.#ends[slot] = end;
    return true;
  }

  #hasRequired(): boolean {
    return this.#slots.every(({ isRequired }, slot) => !isRequired || this.#starts[slot] !== NONE);
  }

  #writeAppends(bytes: Uint8Array, json: JsonBytes, empty: number): void {
    for (const { json: text, valueOf, unless } of this.#appends) {
      if (this.#starts[unless] !== NONE) continue;
      if (json.length > empty) json.put(COMMA_BYTES);
      json.put(text);
      if (valueOf === NONE) continue;
      json.put(bytes.subarray(this.#starts[valueOf], this.#ends[valueOf]));
    }
  }

  /** The slot of the name [start, end), or NONE. */
  #slotOf(bytes: Uint8Array, start: number, end: number): number {
    const slots = this.#slots;
    for (let slot = 0; slot < slots.length; slot += 1) {
      const name = slots[slot]?.name;
      if (name !== undefined && name.length === end - start && isAt(name, bytes, start)) {
        return slot;
      }
    }
    return NONE;
  }
}

function putRun(json: JsonBytes, run: Uint8Array, empty: number): void {
  if (run.length === 0) return;
  if (json.length > empty) json.put(COMMA_BYTES);
  json.put(run);
}

function isAt(name: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if (name[index] !== bytes[at + index]) return false;
  }
  return true;
}

/** Where the closing quotation mark is of a string without escapes; NONE: it has some. */
function plainEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] !== QUOTE) {
    if (bytes[at] === BACKSLASH) return NONE;
    at += 1;
  }
  return at;
}

/** The place behind a value of valid JSON. */
function valueEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return stringEnd(bytes, start);
  if (first === OPEN_OBJECT || first === OPEN_LIST) return nestedEnd(bytes, start);
  let at = start;
  while (!isBehindScalar(bytes[at] ?? COMMA)) at += 1;
  return at;
}

/** The place behind the object or list that begins at `start`. */
function nestedEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  let depth = 0;
  do {
    const byte = bytes[at];
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1;
    at = byte === QUOTE ? stringEnd(bytes, at) : at + 1;
  } while (depth > 0);
  return at;
}

/** The place behind the string that begins at `start`. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

function isBehindScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte <= BLANK;
}
