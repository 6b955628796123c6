/**
 * The JSON array of what PostgreSQL writes as `{1,2,NULL}` or `{{"a","b"},{"c","d"}}`; null when
 * the text is no such thing.
 */
export function arrayJson(text: string, elementJson: (element: string) => string): string | null {
  const start = text.indexOf('{');
  // Bounds that do not begin at 1 are written before it: `[0:1]={1,2}`.
  if (start === -1 || (start > 0 && !/^(\[[-\d]+:[-\d]+\])+=$/.test(text.slice(0, start)))) {
    return null;
  }
  const reading = { text, at: start };
  const json = arrayAt(reading, elementJson);
  return json !== null && reading.at === text.length ? json : null;
}

interface Reading {
  readonly text: string;
  at: number;
}

const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
const PLAIN = /[^,{}"]+/y;

function arrayAt(reading: Reading, elementJson: (element: string) => string): string | null {
  const { text } = reading;
  reading.at += 1;
  const parts: string[] = [];
  while (text[reading.at] !== '}') {
    const part =
      text[reading.at] === '{' ? arrayAt(reading, elementJson) : element(reading, elementJson);
    if (part === null) return null;
    parts.push(part);
    if (text[reading.at] === ',') reading.at += 1;
    else if (text[reading.at] !== '}') return null;
  }
  reading.at += 1;
  return `[${parts.join(',')}]`;
}

function element(reading: Reading, elementJson: (element: string) => string): string | null {
  const quoted = matchAt(QUOTED, reading);
  if (quoted !== null) return elementJson(quoted.slice(1, -1).replace(/\\(.)/gs, '$1'));
  const plain = matchAt(PLAIN, reading);
  if (plain === null) return null;
  return plain === 'NULL' ? 'null' : elementJson(plain);
}

function matchAt(pattern: RegExp, reading: Reading): string | null {
  pattern.lastIndex = reading.at;
  const [found] = pattern.exec(reading.text) ?? [];
  if (found === undefined) return null;
  reading.at += found.length;
  return found;
}
