/** What nginx calls `combined`, and has without being told. */
const COMBINED =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent ' +
  '"$http_referer" "$http_user_agent"';

/** How a line is told apart. */
export interface LinePattern {
  readonly names: readonly string[];
  /** The values in the order of the names; null when the line does not match. */
  readonly split: (line: string) => readonly string[] | null;
  /**
   * The texts before each value, and at last the one behind them all, where a value goes on to the
   * first character of the next text, or to the end of the line where that is empty. Null: this is
   * not how lines are told apart.
   */
  readonly between: readonly string[] | null;
}

/** The format of a name that needs no file; null: it does. */
export function builtInFormat(name: string): string | null {
  return name === '' || name === 'combined' ? COMBINED : null;
}

/** The format that `log_format <name>` gives in the text of an nginx configuration; null: none. */
export function formatIn(configuration: string, name: string): string | null {
  const text = configuration.replace(/^\s*#.*$/gm, '');
  for (const [, found = '', body = ''] of text.matchAll(DIRECTIVE)) {
    if (found !== name) continue;
    const parts = [...body.matchAll(QUOTED)].map(([, single, double, bare]) =>
      (single ?? double ?? bare ?? '').replace(/\\(['"\\])/g, '$1'),
    );
    return (parts[0]?.startsWith('escape=') ? parts.slice(1) : parts).join('');
  }
  return null;
}

/** One part of a directive: in quotes of either kind, or bare. Each begins with another character. */
const QUOTED = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s'";]+)/g;
const DIRECTIVE =
  /(?:^|[\s;{}])log_format\s+([^\s;]+)\s+((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^'";])*);/g;

/**
 * The pattern of a format. A variable goes on to the character that the format has behind it, and
 * no further, so that there is one way to match a line, and a line that does not match is given up
 * in one pass.
 *
 * @throws Error when two variables have nothing between them: nobody could tell them apart.
 */
export function compileFormat(format: string): LinePattern {
  const names: string[] = [];
  const between: string[] = [];
  let source = '';
  let end = 0;
  for (const match of format.matchAll(/\$(?:\{(\w+)\}|(\w+))/g)) {
    const name = match[1] ?? match[2] ?? '';
    if (match.index === end && end > 0) {
      throw new Error(`$${names.at(-1) ?? ''} and $${name} have nothing between them`);
    }
    if (names.includes(name)) throw new Error(`$${name} is there twice`);
    between.push(format.slice(end, match.index));
    source += escaped(format.slice(end, match.index));
    end = match.index + match[0].length;
    const behind = format.charAt(end);
    source += behind === '' ? '(.*)' : `([^${escaped(behind)}]*)`;
    names.push(name);
  }
  if (names.length === 0) throw new Error('it names no variable such as $status');
  const pattern = new RegExp(`^${source}${escaped(format.slice(end))}$`, 's');
  between.push(format.slice(end));
  return { names, between, split: (line) => pattern.exec(line)?.slice(1) ?? null };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
