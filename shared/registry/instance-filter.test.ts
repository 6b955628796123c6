import { describe, expect, it } from 'vitest';
import type { InstanceRecord } from '../domain/instance-record.ts';
import { Registration, type RegistrationInput } from '../domain/registration.ts';
import { matches, refuseUnknownWords } from './instance-filter.ts';
import type { InstanceFilter } from './service-registry.ts';
import { registered } from './transitions.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

function instance(more: Partial<RegistrationInput> = {}): InstanceRecord {
  const registration = Registration.parse({ name: 'web', address: 'a:80', ...more });
  return registered(null, { id: 'web-1', registration }, { nowMs: NOW_MS, reason: '', actor: '' })
    .record;
}

interface Row {
  readonly filter: InstanceFilter;
  readonly record: Partial<RegistrationInput>;
  readonly is: boolean;
  readonly why: string;
}

const ROWS: readonly Row[] = [
  { filter: {}, record: {}, is: true, why: 'it gets calls' },
  { filter: {}, record: { status: 'starting' }, is: false, why: 'it gets no calls' },
  { filter: { status: '' }, record: { status: 'down' }, is: false, why: 'it gets no calls' },
  { filter: { status: 'any' }, record: { status: 'down' }, is: true, why: 'any will do' },
  { filter: { status: 'active' }, record: { status: 'up' }, is: true, why: 'that is the same' },
  { filter: { status: 'up' }, record: { status: 'active' }, is: true, why: 'that, too' },
  { filter: { status: 'inactive' }, record: { status: 'starting' }, is: true, why: 'it is one' },
  { filter: { status: 'down' }, record: { status: 'starting' }, is: false, why: 'it is none' },
  { filter: { status: 'down' }, record: { status: 'inactive' }, is: true, why: 'it is one' },
  {
    ...{ filter: { status: 'maintenance' }, record: { status: 'maintenance' }, is: true },
    why: 'both vocabularies have it',
  },
  { filter: { env: 'prod' }, record: { env: 'prod' }, is: true, why: 'it is for that one' },
  { filter: { env: 'prod' }, record: { env: 'all' }, is: true, why: 'it is for each' },
  { filter: { env: 'prod' }, record: { env: 'test' }, is: false, why: 'it is for another one' },
  { filter: { env: '' }, record: { env: 'test' }, is: true, why: 'any will do' },
  { filter: { env: 'all' }, record: { env: 'test' }, is: false, why: 'it is not for each' },
  { filter: { protocol: 'grpc' }, record: {}, is: false, why: 'it speaks another one' },
  { filter: { zone: 'a' }, record: { zone: 'a' }, is: true, why: 'it is there' },
  { filter: { zone: 'a' }, record: {}, is: false, why: 'nobody knows where it is' },
  {
    ...{ filter: { metadata: { v: '1', r: 'eu' } }, record: { metadata: { v: '1' } }, is: false },
    why: 'it has not all of them',
  },
  {
    ...{ filter: { metadata: { v: '1' } }, record: { metadata: { v: '1', r: 'eu' } }, is: true },
    why: 'it has more than that',
  },
  {
    ...{ filter: { metadata: { toString: 'x' } }, record: {}, is: false },
    why: 'what every object has is no metadata',
  },
];

describe('a filter', () => {
  it.each(ROWS)('$filter: $is, $why', ({ filter, record, is }) => {
    expect(matches(instance(record), filter, NOW_MS)).toBe(is);
  });

  it('of words that are none is refused', () => {
    expect(() => refuseUnknownWords({ status: 'gone' })).toThrow(
      'status: "gone" is none; write one of any, up, down',
    );
    expect(() => refuseUnknownWords({ env: 'prodd' })).toThrow(
      'env: "prodd" is none; write one of all, dev, test, prod',
    );
    expect(() => refuseUnknownWords({ status: 'inactive', env: 'dev' })).not.toThrow();
  });
});
