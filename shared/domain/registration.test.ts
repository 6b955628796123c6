import { describe, expect, it } from 'vitest';
import { InstanceId, Registration, ServiceName } from './registration.ts';

const LEAST = { name: 'web', address: '10.0.0.1:80' };
const CHECK = { type: 'http' };

/** Why it is refused: path and message of each fault. */
function faultsOf(given: unknown): readonly string[] {
  const read = Registration.safeParse(given);
  return (read.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a registration', () => {
  it('needs a name and an address only', () => {
    expect(Registration.parse(LEAST)).toEqual({
      ...LEAST,
      protocol: 'http',
      env: 'all',
      metadata: {},
      weight: 100,
      status: { status: 'up', words: 'active' },
    });
  });

  it('takes blanks and nulls of clients that do not know a value for the defaults', () => {
    const unknown = {
      ...{ id: '', protocol: '', env: '', zone: '', status: '', weight: null, metadata: null },
      ...{ start_time: '0001-01-01T00:00:00Z', check: null },
    };

    expect(Registration.parse({ ...LEAST, ...unknown })).toEqual(Registration.parse(LEAST));
  });

  it('leaves out what only the registry says', () => {
    const sent = { register_time: 'x', offline_time: 1, last_renew_time: null, incarnation: 9 };

    expect(Registration.parse({ ...LEAST, ...sent })).toEqual(Registration.parse(LEAST));
  });

  it('reads times with zones and nanoseconds, as Go writes them', () => {
    const { start_time } = Registration.parse({
      ...LEAST,
      start_time: '2023-10-27T18:00:00.123456789+08:00',
    });

    expect(start_time).toBe(Date.UTC(2023, 9, 27, 10, 0, 0, 123));
  });

  it('fills in what a check does not say', () => {
    expect(Registration.parse({ ...LEAST, check: CHECK }).check).toEqual({
      ...{ type: 'http', path: '/health', intervalMs: 10_000, timeoutMs: 2_000 },
      ...{ failures: 3, successes: 1 },
    });
  });

  it('takes a weight of 0 for what it says', () => {
    expect(Registration.parse({ ...LEAST, weight: 0 }).weight).toBe(0);
  });

  it('takes weights, metadata and names up to their limits', () => {
    const metadata = Object.fromEntries(
      Array.from({ length: 64 }, (_, nth) => [`k${nth}`, 'x'.repeat(100)]),
    );
    const most = { name: 'n'.repeat(128), id: 'i'.repeat(200), weight: 1_000, metadata };

    expect(Registration.parse({ ...LEAST, ...most })).toMatchObject(most);
  });

  it.each([
    { given: { address: LEAST.address }, fault: 'name: Invalid input: expected string' },
    { given: { name: 'web' }, fault: 'address: Invalid input: expected string' },
    { given: null, fault: 'object' },
    { given: { ...LEAST, name: '' }, fault: 'name: is empty' },
    { given: { ...LEAST, name: 'a/b' }, fault: 'name: "a/b" may have only letters' },
    { given: { ...LEAST, name: '..' }, fault: 'name: is no name' },
    { given: { ...LEAST, name: '../x' }, fault: 'name: "../x" may have only' },
    { given: { ...LEAST, name: 'web\n' }, fault: 'name: "web\\n" may have only' },
    { given: { ...LEAST, name: 'n'.repeat(129) }, fault: 'name: is longer than 128 characters' },
    { given: { ...LEAST, id: 'a/b' }, fault: 'id: "a/b" may have only' },
    { given: { ...LEAST, id: '.' }, fault: 'id: is no name' },
    { given: { ...LEAST, id: 'i'.repeat(201) }, fault: 'id: is longer than 200 characters' },
    { given: { ...LEAST, address: 'host' }, fault: 'address: "host" is no address' },
    { given: { ...LEAST, address: 80 }, fault: 'address' },
    { given: { ...LEAST, protocol: 'h ttp' }, fault: 'protocol: "h ttp" may have only' },
    {
      given: { ...LEAST, env: 'prodd' },
      fault: 'env: "prodd" is no environment; write one of all',
    },
    { given: { ...LEAST, zone: 'a b' }, fault: 'zone: "a b" may have only' },
    { given: { ...LEAST, status: 'gone' }, fault: 'status: "gone" is no status; write one of up' },
    { given: { ...LEAST, weight: -1 }, fault: 'weight' },
    { given: { ...LEAST, weight: 1_001 }, fault: 'weight' },
    { given: { ...LEAST, weight: 1.5 }, fault: 'weight' },
    { given: { ...LEAST, metadata: { '': 'x' } }, fault: 'metadata' },
    { given: { ...LEAST, metadata: { k: 1 } }, fault: 'metadata.k' },
    { given: { ...LEAST, metadata: { k: 'x'.repeat(1_025) } }, fault: 'metadata.k' },
    { given: { ...LEAST, start_time: 'yesterday' }, fault: 'start_time' },
    { given: { ...LEAST, check: { type: 'ping' } }, fault: 'check.type' },
    { given: { ...LEAST, check: { ...CHECK, path: 'health' } }, fault: 'check.path' },
    { given: { ...LEAST, check: { ...CHECK, path: '/a b' } }, fault: 'check.path' },
    { given: { ...LEAST, check: { ...CHECK, interval_ms: 10 } }, fault: 'check.interval_ms' },
    { given: { ...LEAST, check: { ...CHECK, failures: 0 } }, fault: 'check.failures' },
    { given: { ...LEAST, check: { ...CHECK, retries: 1 } }, fault: 'check: Unrecognized key' },
  ])('is refused: $fault', ({ given, fault }) => {
    expect(faultsOf(given)).toEqual([expect.stringContaining(fault)]);
  });

  it('has metadata of so many entries and characters only', () => {
    const entries = (count: number, length: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, nth) => [`k${nth}`, 'x'.repeat(length)]),
      );

    expect(faultsOf({ ...LEAST, metadata: entries(65, 1) })).toEqual([
      'metadata: has more than 64 entries',
    ]);
    expect(faultsOf({ ...LEAST, metadata: entries(9, 1_000) })).toEqual([
      'metadata: has more than 8192 characters',
    ]);
  });

  it('shows only the beginning of what it refuses', () => {
    const [fault = ''] = faultsOf({ ...LEAST, status: 'x'.repeat(10_000) });

    expect(fault.length).toBeLessThan(300);
  });

  it.each(['web', 'Web-1.example_2', '0'])('%s is a name and an ID', (text) => {
    expect(ServiceName.parse(text)).toBe(text);
    expect(InstanceId.parse(text)).toBe(text);
  });

  it('an ID may be a name of a host and a port', () => {
    expect(InstanceId.parse('web@10.0.0.1:80')).toBe('web@10.0.0.1:80');
    expect(ServiceName.safeParse('web@10.0.0.1:80').success).toBe(false);
  });
});
