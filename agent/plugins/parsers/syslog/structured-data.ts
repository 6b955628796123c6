import { setField } from '../../../records/set-field.ts';
import type { LogRecord } from '../../plugin.ts';

/** Structured data, and where it ends. */
interface StructuredData {
  readonly elements: LogRecord;
  readonly end: number;
}

/** Each pattern goes on from one place to where it must stop: there is one way to match a text. */
const ELEMENT_NAME = /\[([^\s="\]]+)/y;
const PARAMETER = / +([^\s="\]]+)="((?:[^"\\\]]|\\[^])*)"/y;
const ELEMENT_END = / *\]/y;

/** `[id name="value" ...][...]` at a place of a line; null: this is none. */
export function structuredDataAt(line: string, start: number): StructuredData | null {
  const elements: LogRecord = {};
  let at = start;
  while (line.charAt(at) === '[') {
    const element = matchAt(ELEMENT_NAME, line, at);
    if (element === null) return null;
    const values: LogRecord = {};
    at += element[0].length;
    for (let parameter = matchAt(PARAMETER, line, at); parameter !== null; ) {
      setField(values, parameter[1] ?? '', unescaped(parameter[2] ?? ''));
      at += parameter[0].length;
      parameter = matchAt(PARAMETER, line, at);
    }
    const end = matchAt(ELEMENT_END, line, at);
    if (end === null) return null;
    at += end[0].length;
    setField(elements, element[1] ?? '', values);
  }
  return { elements, end: at };
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\(["\\\]])/g, '$1') : text;
}
