import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { SinkRig } from '../../../test/support/sink-rig.ts';
import { withoutBlankLines } from '../../records/blank-lines.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import { RawRecords } from '../../records/raw-records.ts';
import { rotatedPath } from '../../sink/rotation.ts';
import type { Records, Sender } from '../plugin.ts';
import { fileSender } from './file.ts';

const never = new AbortController().signal;
const NOON_MS = new Date(2024, 1, 3, 12, 34, 56).getTime();

describe('the sender file', () => {
  let rig: SinkRig;

  beforeEach(async () => {
    rig = await SinkRig.create();
  });

  afterEach(() => rig.remove());

  function open(options: Record<string, string>): Promise<Sender> {
    const context = pluginContext({ clock: new FakeClock(NOON_MS), files: rig.files });
    return fileSender.configure({ file_send_path: rig.path, ...options }).open(context);
  }

  async function send(sender: Sender, records: Records): Promise<void> {
    await rig.commit(await sender.send(records, never, { key: 'k1' }));
  }

  function rawRecords(text: string): Records {
    const bytes = Buffer.from(text);
    return new RawRecords(withoutBlankLines({ bytes, ends: null }), { timestamp: 't' });
  }

  it('writes a JSON text a line', async () => {
    const sender = await open({});

    await send(sender, new ObjectRecords([{ a: 1 }, { b: 'x\ny' }]));
    await send(sender, rawRecords('line\n'));

    expect(await rig.content()).toBe('{"a":1}\n{"b":"x\\ny"}\n{"raw":"line\\n","timestamp":"t"}\n');
    await sender.close();
  });

  it('writes a JSON array a batch', async () => {
    const sender = await open({ file_format: 'array' });

    await send(sender, new ObjectRecords([{ a: 1 }, { a: 2 }]));
    await send(sender, new ObjectRecords([{ a: 3 }]));

    expect(await rig.content()).toBe('[{"a":1},{"a":2}]\n[{"a":3}]\n');
  });

  it('writes lines as they came', async () => {
    const sender = await open({ file_write_raw: 'true' });

    await send(sender, rawRecords('\u0000\ttext \n'));
    await send(sender, new ObjectRecords([{ raw: 'changed\n' }]));

    expect(await rig.content()).toBe('\u0000\ttext \nchanged\n');
  });

  it('hands the very bytes that were read to the file', async () => {
    const appended: Buffer[] = [];
    const records = rawRecords('line\n');
    const context = pluginContext({
      files: {
        append: (_path, bytes) => {
          appended.push(bytes);
          return Promise.reject(new Error('enough'));
        },
        close: () => Promise.resolve(),
      },
    });
    const options = { file_send_path: rig.path, file_write_raw: 'true' };
    const sender = await fileSender.configure(options).open(context);

    await expect(sender.send(records, never, { key: 'k1' })).rejects.toThrow('enough');

    expect(appended[0]).toBe(records.raw());
  });

  it('refuses to write raw what has no raw field', async () => {
    const sender = await open({ file_write_raw: 'true' });

    await expect(
      sender.send(new ObjectRecords([{ a: 1 }]), never, { key: 'k1' }),
    ).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('use the parser raw'),
    });
  });

  it('makes no file for a batch without records', async () => {
    const sender = await open({});

    const { positions } = await sender.send(new ObjectRecords([]), never, { key: 'k1' });

    expect(positions).toEqual([]);
    await expect(rig.content()).rejects.toThrow('ENOENT');
  });

  it('puts the local date into the path', async () => {
    const sender = await open({ file_send_path: join(rig.folder, '%Y/%m-%d/%H.%M.%S%%.log') });

    await send(sender, rawRecords('line\n'));

    expect(await rig.content(join(rig.folder, '2024/02-03/12.34.56%.log'))).toContain('line');
  });

  it('writes to the partitions in turn', async () => {
    const sender = await open({ file_partition: '2', file_write_raw: 'true' });

    for (const text of ['a\n', 'b\n', 'c\n']) await send(sender, rawRecords(text));

    expect(await rig.content(join(rig.folder, 'out/partition0/app.log'))).toBe('a\nc\n');
    expect(await rig.content(join(rig.folder, 'out/partition1/app.log'))).toBe('b\n');
  });

  describe('with file_send_timestamp_key', () => {
    const records = () =>
      new ObjectRecords([
        { at: new Date(2024, 0, 2).toISOString(), n: 1 },
        { at: 'yesterday', n: 2 },
        { at: new Date(2024, 0, 1).toISOString(), n: 3 },
        { n: 4 },
        { at: '7', n: 5 },
      ]);

    function openDaily(): Promise<Sender> {
      const path = join(rig.folder, '%Y-%m-%d.log');
      return open({ file_send_path: path, file_send_timestamp_key: 'at' });
    }

    async function numbers(day: string): Promise<number[]> {
      const text = await rig.content(join(rig.folder, `${day}.log`));
      return [...text.matchAll(/"n":(\d)/g)].map(([, n]) => Number(n));
    }

    it("takes the dates from the records, or today's", async () => {
      await send(await openDaily(), records());

      expect(await numbers('2024-01-01')).toEqual([3]);
      expect(await numbers('2024-01-02')).toEqual([1]);
      expect(await numbers('2024-02-03')).toEqual([2, 4, 5]);
    });

    it('takes a batch back from every file', async () => {
      const acceptance = await (await openDaily()).send(records(), never, { key: 'k1' });
      expect(acceptance.positions).toHaveLength(3);

      await acceptance.undo();

      expect(await numbers('2024-01-01')).toEqual([]);
      expect(await numbers('2024-02-03')).toEqual([]);
    });

    it('takes a batch back from the files before the one that fails', async () => {
      const busy = await rig.append('{"n":9}\n', join(rig.folder, '2024-02-03.log'));
      const stop = new AbortController();
      const sending = (await openDaily()).send(records(), stop.signal, { key: 'k1' });
      await expect.poll(() => numbers('2024-01-02').catch(() => [])).toEqual([1]);

      stop.abort();

      await expect(sending).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await numbers('2024-01-01')).toEqual([]);
      expect(await numbers('2024-01-02')).toEqual([]);
      await rig.commit(busy);
      await rig.write('{"n":8}\n', join(rig.folder, '2024-01-01.log'));
    });

    it('refuses a batch that leads to too many files', async () => {
      const days = Array.from({ length: 129 }, (_, day) => ({
        at: new Date(2024, 0, day).toISOString(),
      }));

      await expect(
        (await openDaily()).send(new ObjectRecords(days), never, { key: 'k1' }),
      ).rejects.toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining('129 files, more than 128'),
      });
    });
  });

  it('compresses each batch by itself, so that the file ends where one does', async () => {
    const sender = await open({ file_gzip: 'true', file_write_raw: 'true' });

    await send(sender, rawRecords('a\n'));
    const taken = await sender.send(rawRecords('b\n'), never, { key: 'k1' });
    await taken.undo();
    await send(sender, rawRecords('c\n'));

    const bytes = await readFile(join(rig.folder, 'out/app.log'));
    expect(gunzipSync(bytes).toString()).toBe('a\nc\n');
    expect(taken.positions[0]?.size).toBe(bytes.length);
  });

  it('begins a new file when one is full', async () => {
    const sender = await open({ file_rotate_size: '4', file_write_raw: 'true' });

    for (const text of ['abc\n', 'd\n']) await send(sender, rawRecords(text));

    const path = join(rig.folder, 'out/app.log');
    expect(await rig.content(rotatedPath(path, rig.clock.now()))).toBe('abc\n');
    expect(await rig.content(path)).toBe('d\n');
  });

  it.each([
    { options: {}, name: 'fileSender:/out/a.log' },
    { options: { name: 'sink' }, name: 'sink' },
  ])('is called $name with $options', async ({ options, name }) => {
    expect((await open({ file_send_path: '/out/a.log', ...options })).name).toBe(name);
  });

  it.each([
    { path: '/out/app.log', partitions: '0', written: '/out/app.log' },
    { path: '/out/100%%/%Y/app.log', partitions: '0', written: '/out/100%/%Y/app.log' },
    { path: '/out/app-%Y.log', partitions: '2', written: '/out/partition%i/app-%Y.log' },
  ])(
    'asks to write $written for $path in $partitions partitions',
    ({ path, partitions, written }) => {
      const options = { file_send_path: path, file_partition: partitions };

      expect(fileSender.configure(options).writePaths()).toEqual([written]);
    },
  );

  it.each([
    { options: {}, why: 'file_send_path: is required' },
    { options: { file_send_path: '' }, why: 'file_send_path: is empty' },
    { options: { file_send_path: '/a-%Q.log' }, why: '"%Q" is no date element' },
    { options: { file_send_path: '/a-%' }, why: '"%" is no date element' },
    { options: { file_send_path: '/a', file_format: 'xml' }, why: 'must be "ndjson" or "array"' },
    { options: { file_send_path: '/a', file_partition: '-1' }, why: 'whole number from 0 to 1024' },
  ])('refuses $options: $why', ({ options, why }) => {
    expect(() => fileSender.configure(options)).toThrow(why);
  });

  it('accepts the other options of the original, which mean nothing here', () => {
    const options = { file_send_path: '/a', fault_tolerant: 'true', ft_procs: '4' };

    expect(() => fileSender.configure(options)).not.toThrow();
  });
});
