import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Following } from '../../../test/support/following.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import type { BatchLimits, SealedRange, SourceBatch } from '../plugin.ts';
import { fileReader } from './file.ts';

const TIME = '2016-10-06T00:17:09.669794202Z';

interface Given {
  readonly positions?: ReadonlyMap<string, unknown>;
  readonly sealed?: ReadonlyMap<string, SealedRange>;
  readonly limits?: Partial<BatchLimits>;
}

describe('fileReader, by its options about lines,', () => {
  let dir: string;
  let path: string;
  let open: Following[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'framing-'));
    path = join(dir, 'app.log');
    open = [];
  });

  afterEach(async () => {
    await Promise.all(open.map((following) => following.stop()));
    await rm(dir, { recursive: true });
  });

  function follow(options: Readonly<Record<string, string>>, given: Given = {}): Following {
    const following = new Following(fileReader, { log_path: path, ...options }, given);
    open.push(following);
    return following;
  }

  function events(following: Following): string[] {
    return following.batches.flatMap(eventsOf);
  }

  async function eventsTo(following: Following, count: number): Promise<string[]> {
    await following.until(`${count} events`, () => events(following).length >= count);
    return events(following);
  }

  it('ends lines where the delimiter says, also after a restart', async () => {
    await writeFile(path, '{"a":\n1}||{"b":2}||{"c"');
    const first = follow({ delimiter: '||' });
    expect(await eventsTo(first, 2)).toEqual(['{"a":\n1}\n', '{"b":2}\n']);
    const positions = await first.stop();
    await appendFile(path, ':3}||');
    const second = follow({ delimiter: '||' }, { positions });

    expect(await eventsTo(second, 1)).toEqual(['{"c":3}\n']);
  });

  it.each([
    { given: { head_pattern: '^x' }, says: /delimiter: it stands alone/ },
    { given: { encoding: 'GBK' }, says: /delimiter: it stands alone/ },
    { given: { read_from: '2026-11-25' }, says: /read_from: a time is looked for in lines/ },
  ])('refuses a delimiter beside $given', async ({ given, says }) => {
    await writeFile(path, '');
    const options = { log_path: path, delimiter: '||', ...given };

    await expect(fileReader.configure(options).check(pluginContext())).rejects.toThrow(says);
  });

  const HEADS = { head_pattern: '^H', multiline_flush: '1h' };

  it('joins lines to the head before them, and holds the last event back', async () => {
    await writeFile(path, 'H1\n a\nH2\n b\n');
    const following = follow(HEADS);
    expect(await eventsTo(following, 1)).toEqual(['H1\n a\n']);
    await following.rest();

    await appendFile(path, ' c\nH3\n');
    expect(await eventsTo(following, 2)).toEqual(['H1\n a\n', 'H2\n b\n c\n']);
    expect(following.batches.at(-1)).toMatchObject({ range: { start: 6, end: 15 } });
  });

  it('gives up waiting for more lines of an event when the file is quiet', async () => {
    await writeFile(path, 'H1\n a\nhalf');
    const following = follow({ head_pattern: '^H', multiline_flush: '2s' });

    expect(await eventsTo(following, 1)).toEqual(['H1\n a\n']);
    await following.rest();
    await appendFile(path, ' a line\nH2\n');
    expect(await eventsTo(following, 3)).toEqual(['H1\n a\n', 'half a line\n', 'H2\n']);
  });

  it('ends the last event of a file that was rotated away', async () => {
    await writeFile(path, 'H1\n a\n half');
    const following = follow(HEADS);
    await following.rest();
    await rename(path, `${path}.1`);
    await writeFile(path, 'H2\nH3\n');

    expect(await eventsTo(following, 2)).toEqual(['H1\n a\n half\n', 'H2\n']);
  });

  it('reads an event that was held back again after a restart, whole', async () => {
    await writeFile(path, 'H1\n a\nH2\n b\n');
    const first = follow(HEADS);
    await eventsTo(first, 1);
    const positions = await first.stop();
    await appendFile(path, ' c\nH3\n');

    const second = follow(HEADS, { positions });
    expect(await eventsTo(second, 1)).toEqual(['H2\n b\n c\n']);
  });

  it('reads an event that is larger than a batch', async () => {
    await writeFile(path, `H1\n${' line\n'.repeat(100)}H2\n`);
    const following = follow(HEADS, { limits: { bytes: 50 } });

    expect((await eventsTo(following, 1))[0]).toHaveLength(603);
  });

  it('tells where events begin also when a rest was passed over before', async () => {
    await writeFile(path, `${'x'.repeat(50)}\nab\ncd\n`);
    const following = follow({}, { limits: { lineBytes: 5, bytes: 10 } });
    expect(await following.lines(3)).toBe('xxxxx\nab\ncd\n');

    const last = following.batches.at(-1);
    expect(last?.range).toMatchObject({ start: 10, end: 57 });
    expect(last?.offsets).toEqual(Float64Array.of(51, 54));
    expect(following.reader.counts?.()).toMatchObject({ cutLines: 1 });
  });

  it('puts the lines of a container together, and joins those to events', async () => {
    const line = (tag: string, text: string) => `${TIME} stdout ${tag} ${text}\n`;
    const text = line('F', 'H1') + line('P', ' at ') + line('F', 'x') + line('F', 'H2');
    await writeFile(path, `${text}foreign\n${text}`);
    const following = follow({ ...HEADS, container_format: 'cri' });

    expect(await eventsTo(following, 4)).toEqual([
      'H1\n at x\n',
      'H2\n',
      'foreign\n',
      'H1\n at x\n',
    ]);
    expect(following.reader.counts?.()).toMatchObject({ foreignLines: 1 });
  });

  it('decodes, and tells offsets in bytes of the file', async () => {
    await writeFile(path, Buffer.from([0xd6, 0xd0, 0x0a, 0x41, 0xff, 0x0a]));
    const following = follow({ encoding: 'GBK' });

    expect(await following.lines(2)).toBe('中\nA\uFFFD\n');
    expect(following.full[0]).toMatchObject({ range: { start: 0, end: 6 } });
    expect(following.full[0]?.offsets).toEqual(Float64Array.of(0, 3));
    expect(following.reader.counts?.()).toMatchObject({ badChars: 1 });
  });

  it('begins a file of two bytes a character with its last line', async () => {
    await writeFile(path, Buffer.from('\uFEFFone\ntwo', 'utf16le'));
    const following = follow({ encoding: 'UTF-16', read_from: 'newest' });
    await following.rest();
    await appendFile(path, Buffer.from(' and more\n', 'utf16le'));

    expect(await following.lines(1)).toBe('two and more\n');
    expect(following.batches.at(-1)?.firstLine?.toString()).toBe('one\n');
  });

  it('reads the event that was being sent when the process ended again as it was', async () => {
    await writeFile(path, 'H1\n a\nH2\n b\n');
    const first = follow({ head_pattern: '^H', multiline_flush: '2s' }, { limits: { lines: 1 } });
    await eventsTo(first, 2);
    await first.stop();
    const [before, sent] = first.full;
    if (before === undefined || sent === undefined) throw new Error('there are no two batches');
    await appendFile(path, ' c\nH3\n');

    const positions = new Map([[before.source, JSON.parse(JSON.stringify(before.position))]]);
    const second = follow(HEADS, { positions, sealed: new Map([[sent.source, sent.range]]) });
    expect(await eventsTo(second, 2)).toEqual(['H2\n b\n', ' c\n']);
    expect(second.full[0]?.range).toEqual(sent.range);
  });

  it('joins the lines of a compressed file, to its last event', async () => {
    path = join(dir, 'app.log.gz');
    await writeFile(path, gzipSync('H1\n a\nH2\n b'));

    expect(await eventsTo(follow(HEADS), 2)).toEqual(['H1\n a\n', 'H2\n b\n']);
  });

  it.each([
    { options: { encoding: 'klingon' }, why: 'encoding: "klingon" is not known; known are UTF-8,' },
    { options: { head_pattern: '(a' }, why: "head_pattern: must be a regular expression in Go's" },
    { options: { head_pattern: 'a(?=b)' }, why: 'invalid or unsupported Perl syntax' },
    { options: { container_format: 'lxc' }, why: 'container_format: must be "cri", "docker"' },
    { options: { multiline_flush: 'soon' }, why: 'multiline_flush: must be a duration' },
  ])('refuses $options when it is added', ({ options, why }) => {
    expect(() => fileReader.configure({ log_path: path, ...options })).toThrow(why);
  });
});

function eventsOf({ bytes, lines, ends }: SourceBatch): string[] {
  if (ends === null) return bytes.toString().match(/[^\n]*\n/g) ?? [];
  return Array.from({ length: lines }, (_, index) =>
    bytes.toString('utf8', ends[index - 1] ?? 0, ends[index]),
  );
}
