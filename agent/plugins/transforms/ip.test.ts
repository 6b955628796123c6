import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ipipDatabaseOf } from '../../../test/support/ipip-database.ts';
import { mmdbOf } from '../../../test/support/mmdb.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { ipTransform } from './ip.ts';

let dir = '';
let data_path = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ip-'));
  data_path = join(dir, 'city.mmdb');
  const place = {
    country: { iso_code: 'DE', names: { en: 'Germany', 'zh-CN': '德国' } },
    city: { names: { en: 'Berlin' } },
    subdivisions: [{ iso_code: 'BE', names: { en: 'Land Berlin' } }],
    location: { latitude: 52.5, longitude: 13.4 },
    isp: 'Some Net',
  };
  await writeFile(
    data_path,
    mmdbOf([
      ['00001010', place],
      ['01010000', { isp: 'Other' }],
    ]),
  );
});
afterAll(() => rm(dir, { recursive: true }));

function apply(options: Record<string, unknown>, record: Record<string, unknown>) {
  const transform = ipTransform.configure({ data_path, key: 'ip', ...options });
  return transform.open(pluginContext()).apply([record]);
}

describe('the transform IP', () => {
  it('adds what the database knows of an address', () => {
    expect(apply({}, { ip: '10.1.2.3' }).records).toEqual([
      {
        ...{ ip: '10.1.2.3', Country: '德国', CountryCode: 'DE', Region: 'Land Berlin' },
        ...{ DistrictCode: 'BE', City: 'Berlin', Latitude: '52.5', Longitude: '13.4' },
        Isp: 'Some Net',
      },
    ]);
  });

  it('puts it beside the field, under its name where asked to or needed', () => {
    expect(apply({ key: 'a.ip', key_as_prefix: true }, { a: { ip: '80.0.0.1' } }).records).toEqual([
      { a: { ip: '80.0.0.1', ip_Isp: 'Other' } },
    ]);
    expect(apply({}, { ip: '80.0.0.1', Isp: 'x' }).records).toEqual([
      { ip: '80.0.0.1', Isp: 'x', ip_Isp: 'Other' },
    ]);
  });

  it.each([
    { record: { x: 1 }, why: 'transform key ip not exist in data' },
    { record: { ip: 'localhost' }, why: 'transform key ip is no IP address' },
  ])('counts a record without an address: $why', ({ record, why }) => {
    expect(apply({}, record)).toMatchObject({ records: [record], errors: 1, lastError: why });
  });

  it('leaves alone a record whose address is not known', () => {
    expect(apply({}, { ip: '200.0.0.1' })).toMatchObject({
      ...{ records: [{ ip: '200.0.0.1' }], errors: 0 },
    });
  });

  it('says what is wrong with a database', async () => {
    const bad = join(dir, 'bad.mmdb');
    await writeFile(bad, 'nothing');

    expect(() => apply({ data_path: bad }, {})).toThrow(`transform IP: cannot use ${bad}`);
    expect(() => apply({ data_path: 'x.bin' }, {})).toThrow(
      'must be a database named *.mmdb, *.dat or *.datx',
    );
    expect(() => apply({ transform_at: 'server' }, {})).toThrow('must be "local"');
  });
});

describe('the transform IP with a database of ipip.net', () => {
  const free = ['Germany', 'Berlin', 'Berlin', ''];
  const paid = ['China', 'Beijing', 'Beijing', '', 'Some Net'];
  const whole = [...paid, '39.9', '116.4', 'Asia/Shanghai', 'UTC+8', '110000', '86', 'CN', 'AP'];
  const ranges = [
    { last: '9.255.255.255', parts: ['Reserved', '', '', ''] },
    { last: '10.1.2.3', parts: free },
    { last: '10.255.255.255', parts: paid },
    { last: '200.0.0.0', parts: ['中国', '', '', ''] },
  ];

  it.each([
    { address: '9.1.1.1', place: { Country: 'Reserved' } },
    { address: '10.1.2.3', place: { Country: 'Germany', Region: 'Berlin', City: 'Berlin' } },
    {
      address: '10.1.2.4',
      place: { Country: 'China', Region: 'Beijing', City: 'Beijing', Isp: 'Some Net' },
    },
    { address: '200.0.0.0', place: { Country: '中国' } },
    { address: '200.0.0.1', place: {} },
    { address: 'fe80::1', place: {} },
  ])('knows of $address in either format $place', async ({ address, place }) => {
    for (const format of ['dat', 'datx'] as const) {
      const path = join(dir, `city.${format}`);
      await writeFile(path, ipipDatabaseOf(ranges, format));

      const { records, errors } = apply({ data_path: path }, { ip: address });
      expect({ records, errors }).toEqual({ records: [{ ip: address, ...place }], errors: 0 });
    }
  });

  it('adds all that the largest edition has', async () => {
    const path = join(dir, 'whole.datx');
    await writeFile(path, ipipDatabaseOf([{ last: '255.255.255.255', parts: whole }], 'datx'));

    expect(apply({ data_path: path }, { ip: '1.2.3.4' }).records).toEqual([
      {
        ...{ ip: '1.2.3.4', Country: 'China', CountryCode: 'CN', Region: 'Beijing' },
        ...{ DistrictCode: '110000', City: 'Beijing', Latitude: '39.9', Longitude: '116.4' },
        Isp: 'Some Net',
      },
    ]);
  });

  it.each([
    { what: 'text', bytes: Buffer.from('nothing'), why: 'it is too short for a dat file' },
    { what: 'zeros', bytes: Buffer.alloc(5_000), why: 'it is no dat file, or a damaged one' },
    {
      what: 'another order',
      bytes: ipipDatabaseOf(ranges.toReversed(), 'dat'),
      why: 'it is no dat file, or a damaged one',
    },
  ])('refuses $what: $why', async ({ bytes, why }) => {
    const path = join(dir, 'bad.dat');
    await writeFile(path, bytes);

    expect(() => apply({ data_path: path }, {})).toThrow(`cannot use ${path}: ${why}`);
  });
});
