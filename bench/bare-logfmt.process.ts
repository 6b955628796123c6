import { serveBareLoop, textLines } from './support/bare-loop-side.ts';

/** The floor under logfmt: a search for each key and value, numbers as numbers. */

serveBareLoop((lines) => {
  let text = '';
  for (const line of textLines(lines)) text += `${JSON.stringify(recordOf(line))}\n`;
  return text;
});

function recordOf(line: string): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let at = 0; at < line.length; ) {
    const equals = line.indexOf('=', at);
    const key = line.slice(at, equals);
    if (line.charAt(equals + 1) === '"') {
      const end = line.indexOf('"', equals + 2);
      record[key] = line.slice(equals + 2, end);
      at = end + 2;
    } else {
      const blank = line.indexOf(' ', equals);
      const end = blank === -1 ? line.length : blank;
      const value = line.slice(equals + 1, end);
      const number = Number(value);
      record[key] = Number.isNaN(number) ? value : number;
      at = end + 1;
    }
  }
  return record;
}
