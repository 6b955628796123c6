import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PluginOptions } from '../../../shared/domain/runner-config.ts';
import { addToJournal } from '../../../test/support/journal-folder.ts';
import { Pulled } from '../../../test/support/pulled.ts';
import { journaldReader } from './journald.ts';

const ENTRIES = 20;
let dir = '';
let reading: Pulled | null = null;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'journald-'));
  append(1, ENTRIES);
});
afterEach(() => reading?.stop());
afterAll(() => rm(dir, { recursive: true }));

describe('the journald reader', () => {
  it('hands out the entries as JSON, and follows what is appended', async () => {
    const pulled = started();
    const entries = await entriesOf(pulled, ENTRIES);
    expect(messages(entries)).toEqual(numbered(1, ENTRIES));
    expect(entries[0]).toMatchObject({ _SYSTEMD_UNIT: 'odd.service', PRIORITY: '6' });

    append(ENTRIES + 1, ENTRIES + 1);
    expect(messages(await entriesOf(pulled, 1))).toEqual([`line ${ENTRIES + 1}`]);
  });

  it('goes on behind the last entry that was settled', async () => {
    const first = await started({}, { limits: { lines: 5 } }).next();
    await reading?.stop();
    const positions = new Map([[first.source, first.position]]);

    const rest = await started({}, { positions }).nextText();
    expect(messages(textEntries(first.bytes.toString()))).toEqual(numbered(1, 5));
    expect(messages(textEntries(rest))[0]).toBe('line 6');
  });

  it('makes the same batch again of what was on its way when the process died', async () => {
    const pulled = started();
    const first = await pulled.next();
    await pulled.stop();
    const half = first.bytes.indexOf('\n', first.bytes.length / 2) + 1;
    const sealed = new Map([['journald', { generation: 0, start: 0, end: half }]]);
    const again = started({}, { sealed });

    const batch = await again.next();
    expect(batch.range).toMatchObject({ start: 0, end: half });
    expect(messages(textEntries(batch.bytes.toString()))).toEqual(
      messages(textEntries(first.bytes.toString('utf8', 0, half))),
    );
    const next = await again.next();
    expect(next.range.start).toBe(half);
    expect(next.bytes.toString()).toMatch(`"line ${batch.lines + 1}"`);
  });

  it('uses no range twice where the entries are not the same any more', async () => {
    const sealed = new Map([['journald', { generation: 0, start: 0, end: 7 }]]);
    const batch = await started({}, { sealed }).next();

    expect(batch.range.start).toBe(7);
    expect(batch.bytes.toString()).toMatch('"line 1"');
  });

  it('takes only the entries of the units and priorities that are wanted', async () => {
    const even = await entriesOf(started({ journald_units: 'even.service' }), ENTRIES / 2);
    expect(messages(even)).toEqual(numbered(1, ENTRIES).filter((_, index) => index % 2 === 1));
    await reading?.stop();

    const grave = await entriesOf(started({ journald_priority: 'err' }), ENTRIES / 10);
    expect(messages(grave)).toEqual(['line 10', 'line 20']);
  });

  it('begins with the next new entry when that is wanted', async () => {
    const pulled = started({ read_from: 'newest', journald_units: 'new.service' });
    const next = pulled.next();
    append(101, 101, 'new.service');
    // One that came before it was ready is none that it has to tell.
    const again = setInterval(() => append(102, 102, 'new.service'), 1_000);
    const [entry] = textEntries((await next).bytes.toString());
    clearInterval(again);

    expect(entry).toMatchObject({ _SYSTEMD_UNIT: 'new.service' });
  });

  it('says why journalctl has ended', async () => {
    const pulled = started({ journald_directory: join(dir, 'absent') });

    await expect(pulled.next()).rejects.toThrow(/^journalctl has ended: .*absent/);
  });

  it('fills a batch as long as it may wait for more', async () => {
    const limits = { lines: ENTRIES + 2, lingerMs: 600_000 };
    const next = started({ journald_units: 'late.service' }, { limits }).next();
    append(201, 201 + ENTRIES, 'late.service');
    append(301, 301, 'late.service');

    const { lines } = await next;
    expect(lines).toBe(ENTRIES + 2);
  });
});

type Entry = Record<string, unknown>;

function started(options: PluginOptions = {}, given: object = {}): Pulled {
  reading = new Pulled(journaldReader, { journald_directory: dir, ...options }, given);
  return reading;
}

function append(from: number, to: number, unit?: string): void {
  const entries = Array.from({ length: to - from + 1 }, (_, index) => {
    const n = from + index;
    return {
      __REALTIME_TIMESTAMP: 1_700_000_000_000_000 + n,
      __MONOTONIC_TIMESTAMP: n,
      _BOOT_ID: '0123456789abcdef0123456789abcdef',
      MESSAGE: `line ${n}`,
      PRIORITY: n % 10 === 0 ? 3 : 6,
      _SYSTEMD_UNIT: unit ?? (n % 2 === 0 ? 'even.service' : 'odd.service'),
    };
  });
  addToJournal(dir, entries);
}

async function entriesOf(pulled: Pulled, count: number): Promise<Entry[]> {
  return textEntries(await pulled.lines(count));
}

function textEntries(text: string): Entry[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry);
}

function messages(entries: readonly Entry[]): unknown[] {
  return entries.map((entry) => entry['MESSAGE']);
}

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
}
