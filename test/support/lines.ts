import { readFile } from 'node:fs/promises';

/** The lines of a file, without the part after the last line break; none when it is not there. */
export async function linesIn(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').slice(0, -1);
}

export function numberedLines(from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i += 1) text += `line ${String(i).padStart(8, '0')}\n`;
  return text;
}

/** What is missing and what is there more than once, of lines 0 to `count`. */
export function lostAndDoubled(lines: readonly string[], count: number) {
  const seen = new Map<string, number>();
  for (const line of lines) seen.set(line, (seen.get(line) ?? 0) + 1);
  const expected = numberedLines(0, count).split('\n').slice(0, -1);
  return {
    lost: expected.filter((line) => !seen.has(line)).length,
    doubled: [...seen.values()].filter((times) => times > 1).length,
    strange: [...seen.keys()].filter((line) => !/^line \d{8}$/.test(line)).length,
  };
}

/** A runner that passes the lines of one file on to another as they are. */
export function rawRunner(from: string, to: string) {
  return {
    reader: { mode: 'file', log_path: from, read_from: 'oldest' },
    parser: { type: 'raw' },
    senders: [{ sender_type: 'file', file_send_path: to, file_write_raw: 'true' }],
  };
}
