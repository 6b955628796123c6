import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { settled } from '../../../test/support/runner-rig.ts';
import { SinkRig } from '../../../test/support/sink-rig.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import { rotatedPath } from '../../sink/rotation.ts';
import type { LogRecord, Sender } from '../plugin.ts';
import { csvSender } from './csv.ts';

const never = new AbortController().signal;

describe('the sender csv', () => {
  let rig: SinkRig;

  beforeEach(async () => {
    rig = await SinkRig.create();
  });

  afterEach(() => rig.remove());

  function open(options: Record<string, string> = {}): Promise<Sender> {
    const given = { csv_fields: 'a, b', csv_path_prefix: rig.path, ...options };
    return csvSender.configure(given).open(pluginContext({ files: rig.files, clock: rig.clock }));
  }

  async function send(sender: Sender, records: LogRecord[]): Promise<void> {
    await rig.commit(await sender.send(new ObjectRecords(records), never, { key: 'k' }));
  }

  it('writes the chosen fields of each record, quoted where they must be', async () => {
    const values = ['x', 'a,b', 'say "hi"', 'two\nlines', ''];

    await send(
      await open(),
      values.map((a, b) => ({ b, a, c: 'not this' })),
    );

    const text = await rig.content();
    expect(text.split('\n')[0]).toBe('x,0');
    expect(parse(text)).toEqual(values.map((a, b) => [a, String(b)]));
  });

  it('leaves empty what a record does not have', async () => {
    await send(await open({ csv_delimiter: ';' }), [{ a: { x: 1 } }, { b: null }, {}]);

    expect(await rig.content()).toBe('"{""x"":1}";\n;\n;\n');
  });

  it('begins a new file when one is full', async () => {
    const sender = await open({ csv_rotate_size: '6' });

    for (const a of [1, 2, 3]) await send(sender, [{ a, b: a }]);

    expect(await rig.content(rotatedPath(rig.path, rig.clock.now()))).toBe('1,1\n2,2\n');
    expect(await rig.content()).toBe('3,3\n');
  });

  it('writes no more records a second than it may, on the average', async () => {
    const sender = await open({ max_send_rate: '2' });
    await send(sender, [{ a: 1 }, { a: 2 }, { a: 3 }]);

    const next = send(sender, [{ a: 4 }]);
    rig.clock.advance(1_499);
    await settled();
    expect(await rig.content()).toBe('1,\n2,\n3,\n');
    rig.clock.advance(1);
    await next;

    expect(await rig.content()).toBe('1,\n2,\n3,\n4,\n');
  });

  it('asks to write to the file, and to what it becomes when it is full', () => {
    const paths = (options: Record<string, string>) =>
      csvSender.configure({ csv_fields: 'a', ...options }).writePaths();

    expect(paths({})).toEqual(['./sync.csv', rotatedPath('./sync.csv', 0)]);
    expect(paths({ csv_rotate_size: '0' })).toEqual(['./sync.csv']);
  });

  it.each([
    { options: { csv_fields: ' , ' }, why: 'csv_fields: names no field' },
    { options: { csv_fields: '' }, why: 'csv_fields: is empty' },
    {
      options: { csv_fields: 'a', csv_delimiter: '||' },
      why: 'csv_delimiter: must be one character',
    },
    {
      options: { csv_fields: 'a', csv_delimiter: '"' },
      why: 'csv_delimiter: must be one character',
    },
  ])('refuses $options', ({ options, why }) => {
    expect(() => csvSender.configure(options)).toThrow(why);
  });
});
