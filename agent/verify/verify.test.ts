import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_UNITS, type UnitCounts } from '../../shared/domain/ledger.ts';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { readCheckpoints } from '../../shared/stores/checkpoint-snapshot.ts';
import type { CheckpointStore } from '../../shared/stores/checkpoint-store.ts';
import { openSqliteCheckpointStore } from '../../shared/stores/sqlite-checkpoint-store.ts';
import { numberedLines, rawRunner } from '../../test/support/lines.ts';
import { reportText } from './report-text.ts';
import { verifyRunner } from './verify.ts';

/** Bytes of a numbered line. */
const LINE = 14;

let dir: string;
let source: string;
let sink: string;
let store: CheckpointStore;
let config: RunnerConfig;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'verify-'));
  [source, sink] = [join(dir, 'app.log'), join(dir, 'out.txt')];
  store = await openSqliteCheckpointStore({ path: join(dir, 'checkpoints.db') });
  config = RunnerConfig.parse({ name: 'r', ...rawRunner(source, sink) });
  await writeFile(source, numberedLines(0, 100));
  await writeFile(sink, numberedLines(0, 100));
});

afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

/** Settles the lines [from, to) as a batch of a runner does. */
async function settle(from: number, to: number, units: Partial<UnitCounts> = {}): Promise<void> {
  const [start, end] = [from * LINE, to * LINE];
  const bytes = (await readFile(source)).subarray(start, end);
  const sender = `fileSender:${sink}`;
  const counts = { ...NO_UNITS, delivered: to - from, ...units };
  const range = { source: 's', generation: 0, start, end, crc: crc32(bytes), units: counts };
  await store.commit({
    runner: 'r',
    source: { id: 's', position: await positionAt(end) },
    sinks: [],
    totals: null,
    read: { senders: [sender], units: to - from, bytes: end - start },
    settled: [{ sender, range }],
  });
}

async function positionAt(offset: number) {
  const { dev, ino } = await stat(source, { bigint: true });
  const head = { bytes: 1024, crc: crc32((await readFile(source)).subarray(0, 1024)) };
  return { path: source, dev: String(dev), ino: String(ino), generation: 0, offset, head };
}

async function verify(others: Readonly<Record<string, object>> = {}) {
  const snapshot = readCheckpoints(join(dir, 'checkpoints.db'), 'r');
  const configs = new Map(
    Object.entries({ r: config, ...others }).map(([name, given]) => [
      name,
      RunnerConfig.parse(given),
    ]),
  );
  const given = { runner: 'r', configs, config, snapshot, sender: null, onStep: () => undefined };
  const report = await verifyRunner(given);
  return { ...report, text: reportText(report) };
}

describe('a runner is proven', () => {
  it('when every byte was settled once and every line is in the sink', async () => {
    await settle(0, 60);
    await settle(60, 100);
    const { isProven, text } = await verify();

    expect(text).toContain('read 100 units = 100 delivered');
    expect(text).toContain('1400 bytes are the same');
    expect(text).toContain('contents proven: 100 lines of the source, 100 in 1 files');
    expect(isProven).toBe(true);
  });

  it('before it has read anything', async () => {
    expect(await verify()).toMatchObject({ isProven: true, senders: [] });
  });

  it('when its source was renamed, and the sink has been rotated and packed', async () => {
    await settle(0, 100);
    await rename(source, `${source}.1`);
    await writeFile(source, 'another file\n');
    await writeFile(`${sink}.1.gz`, gzipSync(numberedLines(0, 40)));
    await writeFile(sink, numberedLines(40, 100));

    const { isProven, text } = await verify();
    expect(text).toContain('100 in 2 files');
    expect(isProven).toBe(true);
  });

  it('when its source was packed', async () => {
    await settle(0, 100);
    await rm(source);
    await writeFile(`${source}.1.gz`, gzipSync(numberedLines(0, 100)));

    expect((await verify()).text).toContain('1400 bytes are the same');
  });

  it('as far as can be checked when its source is gone, which is counted apart', async () => {
    await settle(0, 100);
    await rm(source);

    const { isProven, text } = await verify();
    expect(text).toContain('not checkable: 1400 bytes (its file is gone)');
    expect(isProven).toBe(true);
  });

  it('when lines that are not in the sink are dead letters by the ledger', async () => {
    await settle(0, 98);
    await settle(98, 100, { delivered: 0, deadLettered: 2 });
    await writeFile(sink, numberedLines(0, 98));

    const { isProven, text } = await verify();
    expect(text).toContain('98 delivered + 2 dead letters');
    expect(isProven).toBe(true);
  });

  it('with its sink left out when another runner writes there, too', async () => {
    await settle(0, 100);
    await appendFile(sink, 'of another runner\n');

    const { isProven, text } = await verify({ r2: rawRunner('/other', sink) });
    expect(text).toContain('contents not compared: runner r2 writes to the same files');
    expect(isProven).toBe(true);
  });

  it('by what is committed of its sink, also where that is packed piece by piece', async () => {
    await settle(0, 100);
    const pieces = [gzipSync(numberedLines(0, 70)), gzipSync(numberedLines(70, 100))];
    await writeFile(sink, Buffer.concat([...pieces, gzipSync(numberedLines(0, 9))]));
    const { dev, ino } = await stat(sink, { bigint: true });
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const sinks = [{ path: sink, identity: `${dev}-${ino}`, size }];
    await store.commit({ runner: 'r', sinks, totals: null });

    expect((await verify()).text).toContain('contents proven: 100 lines of the source, 100 in 1');
  });

  it('for JSON that passes through, however it is spaced', async () => {
    config = RunnerConfig.parse({
      ...config,
      parser: { type: 'json' },
      senders: [{ sender_type: 'file', file_send_path: sink }],
    });
    const lines = Array.from({ length: 100 }, (_, i) => `{"n": ${1000 + i}}  \n`);
    await writeFile(source, lines.join(''));
    await writeFile(sink, lines.map((line) => line.replaceAll(' ', '')).join(''));
    await settle(0, 100);

    expect((await verify()).text).toContain('contents proven: 100 lines of the source');
    await appendFile(sink, '{"n":1}\n');
    expect((await verify()).text).toContain('NOT OF THE SOURCE: 1 lines');
  });
});

describe('verify finds', () => {
  it.each([
    { what: 'a line missing', sink: () => numberedLines(0, 99), says: 'MISSING: 1 lines' },
    {
      what: 'a line doubled',
      sink: () => numberedLines(0, 100) + numberedLines(7, 8),
      says: 'DOUBLED: 1 lines\n      $sink at 1400: "line 00000007"',
    },
    {
      what: 'a line torn',
      sink: () => `${numberedLines(0, 99)}line 000`,
      says: 'NOT OF THE SOURCE: 1 lines',
    },
  ])('$what in the sink', async ({ sink: content, says }) => {
    await settle(0, 100);
    await writeFile(sink, content());

    const { isProven, text } = await verify();
    expect(text).toContain(says.replace('$sink', sink));
    expect(isProven).toBe(false);
  });

  it('bytes that were skipped, and those that were settled twice', async () => {
    await settle(0, 50);
    await settle(40, 70);
    await settle(80, 100);

    const { isProven, text } = await verify();
    expect(text).toContain(`DOUBLED ${source} bytes 560 to 700 (140)`);
    expect(text).toContain(`MISSING ${source} bytes 980 to 1120 (140)`);
    expect(isProven).toBe(false);
  });

  it('what somebody skipped by moving the position, as such', async () => {
    await settle(0, 50);
    const move = { source: 's', generation: 0, from: 50 * LINE, to: 80 * LINE, atMs: 1 };
    const moved = [{ move, position: await positionAt(80 * LINE) }];
    await store.commit({ runner: 'r', moved, sinks: [], totals: null });
    await settle(80, 100);

    const { isProven, text } = await verify();
    expect(text).toContain(`MISSING ${source} bytes 700 to 1120 (420), moved by hand`);
    expect(isProven).toBe(false);
  });

  it('a source whose bytes have changed behind the head that tells what it is', async () => {
    await settle(0, 100);
    await writeFile(source, numberedLines(0, 99) + numberedLines(7, 8), { flag: 'r+' });

    const { isProven, text } = await verify();
    expect(text).toContain(
      `DIFFERENT ${source} bytes 0 to 1400 (1400): the bytes have another crc32`,
    );
    expect(isProven).toBe(false);
  });

  it('fewer units settled than the source has lines', async () => {
    await settle(0, 100, { delivered: 99 });

    const { text } = await verify();
    expect(text).toContain('UNEVEN: read 100 units, but 99 are accounted for');
    expect(text).toContain('the file has 100 lines there, and 99 are settled');
  });

  it('which records miss by their ids, where transforms change them', async () => {
    config = RunnerConfig.parse({
      ...config,
      transforms: [{ type: 'discard', key: 'x' }],
      senders: [{ sender_type: 'file', file_send_path: sink }],
    });
    Object.assign(config, { record_id_key: 'id' });
    const record = (line: number) => `{"id":"s:0:${line * LINE}"}\n`;
    const all = Array.from({ length: 100 }, (_, line) => record(line));
    await settle(0, 100);
    await writeFile(sink, all.join(''));
    expect((await verify()).text).toContain('contents proven');

    await writeFile(sink, [...all.slice(1), record(7), '{"id":"gone:0:5"}\n'].join(''));
    const { text } = await verify();
    expect(text).toContain(`MISSING: 1 lines\n      ${source} at 0: "line 00000000"`);
    expect(text).toContain('DOUBLED: 1 lines');
    expect(text).not.toContain('NOT OF THE SOURCE');
  });
});

describe('the files of a sink', () => {
  it('are those of all dates and partitions, and no others', async () => {
    await settle(0, 100);
    const template = join(dir, 'out', '%Y', 'app-%d.log');
    const senders = [
      {
        ...{ sender_type: 'file', file_send_path: template, file_write_raw: 'true' },
        ...{ name: `fileSender:${sink}`, file_partition: '2' },
      },
    ];
    config = RunnerConfig.parse({ ...config, senders });
    const files = [
      '2025/partition0/app-31.log',
      '2026/partition1/app-01.log.1',
      '2026/x/app-01.log',
    ];
    for (const [index, name] of files.entries()) {
      const path = join(dir, 'out', name);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, numberedLines(index * 50, index * 50 + 50));
    }

    expect((await verify()).text).toContain(
      'contents proven: 100 lines of the source, 100 in 2 files',
    );
  });
});
