import { LineOf } from './line-of.ts';
import { type Lines, lineEnd } from './lines.ts';

/** The lines of a batch as text, without their line breaks; blank ones are left out. */
export interface TextLines {
  readonly texts: readonly string[];
  /** Which line of the batch each is, blank ones counted; null: the i-th is the i-th. */
  readonly lineOf: readonly number[] | null;
}

export function textLines(lines: Lines): TextLines {
  const texts: string[] = [];
  const lineOf = new LineOf();
  for (const [index, ended] of (lines.ends === null ? split(lines) : sliced(lines)).entries()) {
    const text = withoutLineBreak(ended);
    if (isBlankText(text)) continue;
    texts.push(text);
    lineOf.add(index);
  }
  return { texts, lineOf: lineOf.lines };
}

/** The text of one line, without its line break. */
export function lineText(bytes: Buffer, start: number, end: number): string {
  return withoutLineBreak(bytes.toString('utf8', start, end));
}

export function isBlankText(text: string): boolean {
  const first = text.charCodeAt(0);
  // Most lines begin with a letter; of an empty one it is NaN.
  return !(first > 0x20 && first < 0x80) && text.trim() === '';
}

function split({ bytes }: Lines): readonly string[] {
  return bytes.toString('utf8').split('\n');
}

function sliced(lines: Lines): readonly string[] {
  const texts: string[] = [];
  for (let start = 0; start < lines.bytes.length; ) {
    const end = lineEnd(lines, texts.length, start);
    texts.push(lines.bytes.toString('utf8', start, end));
    start = end;
  }
  return texts;
}

function withoutLineBreak(text: string): string {
  const end = text.endsWith('\n') ? text.length - 1 : text.length;
  return text.slice(0, text[end - 1] === '\r' ? end - 1 : end);
}
