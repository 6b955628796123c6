/** Lists of a file of patterns of ua-parser. */
const LISTS = ['user_agent_parsers', 'os_parsers', 'device_parsers'] as const;
type ListName = (typeof LISTS)[number];

/** The keys of one pattern, as they stand in the file. */
export type Entry = ReadonlyMap<string, string>;
export type RegexesFile = Readonly<Record<ListName, readonly Entry[]>>;

const LIST = /^(\w+):\s*$/;
const PAIR = /^ *(- +)?(\w+): *(.*)$/;
const COMMENT = /^ *#/;

/**
 * Reads `regexes.yaml` of ua-parser: lists of entries, each with a key and a text a line. Of YAML
 * that is all there is in it.
 *
 * @throws Error that names the line that is something else.
 */
export function readRegexesFile(text: string): RegexesFile {
  const lists: Record<ListName, Map<string, string>[]> = {
    ...{ user_agent_parsers: [], os_parsers: [], device_parsers: [] },
  };
  let entries: Map<string, string>[] | null = null;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line === '---' || COMMENT.test(line)) continue;
    const list = LIST.exec(line)?.[1];
    if (list === undefined) {
      addPair(entries, line, index + 1);
    } else {
      const name = LISTS.find((known) => known === list);
      entries = name === undefined ? [] : lists[name];
    }
  }
  return lists;
}

function addPair(entries: Map<string, string>[] | null, line: string, number: number): void {
  const [, dash, key = '', written = ''] = PAIR.exec(line) ?? [];
  if (dash !== undefined) entries?.push(new Map());
  const entry = entries?.at(-1);
  if (entry === undefined || key === '') throw unreadable(line, number);
  entry.set(key, scalar(written, line, number));
}

/** A text in quotes of either kind, or without. */
function scalar(written: string, line: string, number: number): string {
  const [, single] = /^'((?:[^']|'')*)'\s*(?:#.*)?$/.exec(written) ?? [];
  if (single !== undefined) return single.replaceAll("''", "'");
  const [double] = /^"(?:[^"\\]|\\.)*"/.exec(written) ?? [];
  if (double !== undefined) return unescaped(double, line, number);
  if (/^['"|>&*![{]/.test(written)) throw unreadable(line, number);
  return written.replace(/\s+#.*$/, '').trim();
}

function unescaped(double: string, line: string, number: number): string {
  try {
    return String(JSON.parse(double));
  } catch {
    throw unreadable(line, number);
  }
}

function unreadable(line: string, number: number): Error {
  const said = line.trim().slice(0, 80);
  return new Error(`line ${number}: "${said}" is no key and text of a list such as os_parsers`);
}
