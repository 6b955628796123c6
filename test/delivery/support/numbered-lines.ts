import { crc32 } from 'node:zlib';

/** Lengths differ, so that lines do not end where other lines end. */
const PADDING_LENGTHS = 61;
const LINE = /^(([a-z]+) (\d{9}) x*) ([0-9a-f]{8})$/;

/** A line that says which it is, of which source, and whether it is whole; with its line break. */
export function numberedLine(source: string, number: number): string {
  const padding = 'x'.repeat((number * 31) % PADDING_LENGTHS);
  const text = `${source} ${String(number).padStart(9, '0')} ${padding}`;
  return `${text} ${checksum(text)}\n`;
}

/** The lines from `from` up to, not including, `to`. */
export function numberedLines(source: string, from: number, to: number): string {
  let text = '';
  for (let number = from; number < to; number += 1) text += numberedLine(source, number);
  return text;
}

/** Which line this is, without its line break; null for one that is torn, mixed or foreign. */
export function lineNumber(line: string): { source: string; number: number } | null {
  const [, text = '', source = '', number = '', sum = ''] = LINE.exec(line) ?? [];
  if (source === '' || checksum(text) !== sum) return null;
  return { source, number: Number(number) };
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
