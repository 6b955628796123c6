import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PluginOptions } from '../../../shared/domain/runner-config.ts';
import { Pulled } from '../../../test/support/pulled.ts';
import { type Snmpd, startSnmpd } from '../../../test/support/snmpd.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { oidValue } from './snmp/oid-value.ts';
import { snmpReader } from './snmp.ts';

const LOCATION = { field_name: 'where', field_oid: '.1.3.6.1.2.1.1.6.0', field_is_tag: true };
const UPTIME = {
  field_name: 'uptime',
  field_oid: '1.3.6.1.2.1.1.3.0',
  field_conversion: 'float(2)',
};
const TABLE = { snmp_tables: '[{"table_oid":"1.3.6.1.2.1.2.2"}]' };
const ABSENT = { field_name: 'absent', field_oid: '1.3.6.1.2.1.1.99.0' };

describe('the snmp reader', () => {
  let snmpd: Snmpd;
  let reading: Pulled | null = null;

  beforeAll(async () => {
    snmpd = await startSnmpd();
  });
  afterEach(() => reading?.stop());
  afterAll(() => snmpd.stop());

  it('hands out single values, and a row of a table for each index', async () => {
    const table = {
      ...{ table_name: 'ifs', table_index_tag: true, table_inherit_tags: ['where'] },
      table_fields: [{ field_name: 'name', field_oid: '1.3.6.1.2.1.2.2.1.2' }],
    };
    const [single, ...rows] = await recordsOf({
      snmp_fields: JSON.stringify([LOCATION, UPTIME, ABSENT]),
      snmp_tables: JSON.stringify([table]),
    });

    expect(single).toMatchObject({ where: 'here', agent_host: '127.0.0.1', snmp_table: 'mine' });
    expect(single).not.toHaveProperty('absent');
    expect(single?.['uptime']).toEqual(expect.any(Number));
    expect(rows).toContainEqual(
      expect.objectContaining({ name: 'lo', index: '1', where: 'here', snmp_table: 'ifs' }),
    );
  });

  it('names the columns of a table by their numbers where no fields are given', async () => {
    const records = await recordsOf(TABLE);

    expect(records[0]).toMatchObject({ 1: 1, 2: 'lo', snmp_table: '1.3.6.1.2.1.2.2' });
  });

  it('hands out no more lines at once than it may', async () => {
    const pulled = started({ snmp_fields: JSON.stringify([LOCATION, UPTIME]), ...TABLE }, 1);
    const batches = [await pulled.next(), await pulled.next()];

    expect(batches.map(({ lines }) => lines)).toEqual([1, 1]);
    expect(batches[1]?.range.start).toBe(batches[0]?.range.end);
  });

  it('asks by version 1', async () => {
    const snmp_fields = JSON.stringify([ABSENT, LOCATION]);
    const [record] = await recordsOf({ snmp_version: '1', snmp_fields });

    expect(record).toMatchObject({ where: 'here' });
  });

  it('asks by version 3 with proof and secrecy', async () => {
    const [record] = await recordsOf({
      ...{ snmp_version: '3', snmp_sec_level: 'authPriv', snmp_sec_name: 'me' },
      ...{ snmp_auth_protocol: 'SHA', snmp_auth_password: 'authsecret' },
      ...{ snmp_priv_protocol: 'AES', snmp_priv_password: 'privsecret' },
      snmp_fields: JSON.stringify([LOCATION]),
    });

    expect(record).toMatchObject({ where: 'here' });
  });

  it('tells which agent does not answer, while the others go on', async () => {
    const pulled = started({
      ...{ snmp_agents: `${snmpd.address},127.0.0.1:1`, snmp_time_out: '100ms', snmp_retries: '0' },
      snmp_fields: JSON.stringify([LOCATION]),
    });
    await pulled.next();

    expect(pulled.reader.trouble()).toMatch(/^SNMP agent 127\.0\.0\.1:1: /);
  });

  it.each([
    { options: {}, why: 'are both empty' },
    { options: { snmp_fields: '{' }, why: 'must be a JSON list' },
    { options: { snmp_fields: '[{"field_oid":"IF-MIB::x"}]' }, why: 'must be digits and dots' },
    { options: { snmp_tables: '[{}]' }, why: 'needs table_oid or table_fields' },
  ])('refuses $options', ({ options, why }) => {
    expect(() => snmpReader.configure(options)).toThrow(why);
  });

  function started(options: PluginOptions, lines = 0): Pulled {
    const where = {
      snmp_agents: snmpd.address,
      snmp_community: 'secret',
      snmp_reader_name: 'mine',
    };
    const given = { ...where, snmp_interval: '200ms', ...options };
    reading = new Pulled(snmpReader, given, { limits: { lines } });
    return reading;
  }

  async function recordsOf(options: PluginOptions): Promise<Record<string, unknown>[]> {
    const pulled = started(options);
    const text = await waitFor('an answer', () => pulled.nextText());
    const lines = text.trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
});

describe('oidValue', () => {
  it.each([
    { what: 'text', given: [Buffer.from('eth0'), false, ''], value: 'eth0' },
    { what: 'bytes', given: [Buffer.from([0, 255]), false, ''], value: '00:ff' },
    {
      what: 'an address',
      given: [Buffer.from('abcdef'), false, 'hwaddr'],
      value: '61:62:63:64:65:66',
    },
    { what: 'a counter', given: [Buffer.from([1, 0]), true, ''], value: 256 },
    { what: 'hundredths', given: [1234, false, 'float(2)'], value: 12.34 },
  ] as const)('reads $what', ({ given: [raw, isCounter, conversion], value }) => {
    expect(oidValue(raw, isCounter, conversion)).toBe(value);
  });

  it('keeps each digit of a counter', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (count) => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64BE(count);
        expect(JSON.stringify(oidValue(bytes, true, ''))).toBe(String(count));
      }),
    );
  });
});
