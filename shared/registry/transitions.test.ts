import { describe, expect, it } from 'vitest';
import { type InstanceRecord, overrideAt, statusAt } from '../domain/instance-record.ts';
import { Registration, type RegistrationInput } from '../domain/registration.ts';
import {
  checked,
  expired,
  overridden,
  overrideEnded,
  registered,
  revived,
  tookOffline,
} from './transitions.ts';

const T0 = Date.UTC(2026, 0, 1);
const LEAST = { name: 'web', address: '10.0.0.1:80' };
const CHECK = { type: 'tcp' } as const;

function act(nowMs: number, reason = '', actor = '') {
  return { nowMs, reason, actor };
}

function register(
  nowMs: number,
  before: InstanceRecord | null = null,
  more: Partial<RegistrationInput> = {},
): InstanceRecord {
  const registration = Registration.parse({ ...LEAST, ...more });
  return registered(before, { id: 'web-1', registration }, act(nowMs)).record;
}

describe('a registration', () => {
  it('begins a record that is up', () => {
    const registration = Registration.parse(LEAST);
    const { record, event } = registered(null, { id: 'web-1', registration }, act(T0, '', 'me'));

    expect(record).toMatchObject({
      ...{ ...LEAST, id: 'web-1', zone: '', lifecycle: 'up', reported: 'up', words: 'active' },
      ...{ override: null, check: null, failing: null, incarnation: 1 },
      ...{ registeredMs: T0, startedMs: T0, offlineMs: null, lastRenewMs: null },
    });
    expect(event).toEqual({ atMs: T0, event: 'registered', reason: '', actor: 'me' });
    expect(statusAt(record, T0)).toBe('up');
  });

  it('keeps the time of the first one, and takes what it says of itself from the last one', () => {
    const first = register(T0, null, { weight: 7, zone: 'a', metadata: { v: '1' } });
    const second = register(T0 + 1_000, first, { weight: 8, env: 'prod' });

    expect(second).toMatchObject({ weight: 8, zone: '', env: 'prod', metadata: {} });
    expect(second).toMatchObject({ registeredMs: T0, incarnation: 2 });
  });

  it.each([
    {
      ...{ before: 'up', given: '2025-12-01T00:00:00Z', again: '2025-12-01T00:00:00Z' },
      ...{ incarnation: 1, startedMs: Date.UTC(2025, 11, 1), why: 'it is the same process' },
    },
    {
      ...{ before: 'up', given: '2025-12-01T00:00:00Z', again: '2025-12-02T00:00:00Z' },
      ...{ incarnation: 2, startedMs: Date.UTC(2025, 11, 2), why: 'it is another process' },
    },
    {
      ...{ before: 'expired', given: '2025-12-01T00:00:00Z', again: '2025-12-01T00:00:00Z' },
      ...{ incarnation: 1, startedMs: Date.UTC(2025, 11, 1), why: 'it was only cut off' },
    },
    {
      ...{ before: 'up', given: null, again: null },
      ...{ incarnation: 2, startedMs: T0, why: 'it never went away and names no start' },
    },
    {
      ...{ before: 'expired', given: null, again: null },
      ...{ incarnation: 2, startedMs: T0 + 60_000, why: 'it was away and names no start' },
    },
    {
      ...{ before: 'up', given: '2025-12-01T00:00:00Z', again: null },
      ...{ incarnation: 2, startedMs: Date.UTC(2025, 11, 1), why: 'it names no start any more' },
    },
  ])('counts $incarnation starts: $why', ({ before, given, again, incarnation, startedMs }) => {
    const first = register(T0, null, { start_time: given });
    const there = before === 'up' ? first : expired(first, T0, act(T0 + 30_000)).record;
    const second = register(T0 + 60_000, there, { start_time: again });

    expect(second).toMatchObject({ incarnation, startedMs, registeredMs: T0 });
  });

  it('brings one back that has expired or was taken offline', () => {
    for (const end of [expired, tookOffline]) {
      const back = register(T0 + 2_000, end(register(T0), T0, act(T0 + 1_000)).record);
      expect(back).toMatchObject({ lifecycle: 'up', offlineMs: null, lastRenewMs: null });
    }
  });

  it('keeps what an operator has said, until its time is over', () => {
    const held = overridden(
      register(T0),
      { status: 'maintenance', untilMs: T0 + 5_000 },
      act(T0, 'disk', 'ann'),
    ).record;

    expect(statusAt(register(T0 + 4_999, held), T0 + 4_999)).toBe('maintenance');
    expect(register(T0 + 5_000, held).override).toBeNull();
  });

  it('keeps that its check fails, as long as it is the same check', () => {
    const failing = checked(register(T0, null, { check: CHECK }), 'refused', act(T0)).record;

    expect(register(T0, failing, { check: CHECK }).failing).toBe('refused');
    expect(register(T0, failing, { check: { ...CHECK, failures: 9 } }).failing).toBeNull();
    expect(register(T0, failing).failing).toBeNull();
  });
});

describe('what becomes of an instance', () => {
  it('expired: it is down since then, and was renewed last before', () => {
    const { record, event } = expired(register(T0), T0 + 10_000, act(T0 + 40_000, 'no renewal'));

    expect(record).toMatchObject({ offlineMs: T0 + 40_000, lastRenewMs: T0 + 10_000 });
    expect(statusAt(record, T0 + 40_000)).toBe('down');
    expect(event).toMatchObject({ event: 'expired', reason: 'no renewal' });
    expect(statusAt(revived(record, act(T0 + 41_000)).record, T0 + 41_000)).toBe('up');
  });

  it('taken offline: when it went stays what it was for one that had expired', () => {
    const gone = expired(register(T0), T0, act(T0 + 30_000)).record;
    const { record } = tookOffline(gone, T0, act(T0 + 90_000, 'broken', 'ann'));

    expect(record).toMatchObject({ lifecycle: 'offline', offlineMs: T0 + 30_000 });
  });

  it('overridden: both statuses hold it out, whatever it and its check say', () => {
    const failing = checked(register(T0, null, { check: CHECK }), 'refused', act(T0)).record;
    const held = (status: 'maintenance' | 'offline') =>
      overridden(failing, { status, untilMs: null }, act(T0, 'disk', 'ann'));

    expect(statusAt(held('maintenance').record, T0)).toBe('maintenance');
    expect(statusAt(held('offline').record, T0)).toBe('down');
    expect(held('offline').record.override).toEqual({
      ...{ status: 'offline', reason: 'disk', actor: 'ann', sinceMs: T0, untilMs: null },
    });
    expect(held('offline').event).toMatchObject({ event: 'override set', reason: 'offline: disk' });
    expect(overrideEnded(held('offline').record, act(T0)).record).toEqual(failing);
  });

  it('an override without a reason is told of without one', () => {
    const { event } = overridden(register(T0), { status: 'offline', untilMs: null }, act(T0));

    expect(event.reason).toBe('offline');
  });

  it('an override ends at its time, and not a moment later', () => {
    const until = { status: 'offline', untilMs: T0 + 1_000 } as const;
    const { record } = overridden(register(T0), until, act(T0));

    expect(overrideAt(record, T0 + 999)).not.toBeNull();
    expect(overrideAt(record, T0 + 1_000)).toBeNull();
    expect(statusAt(record, T0 + 1_000)).toBe('up');
  });

  it('checked: it is unhealthy while its check fails, and what it says of itself after that', () => {
    const starting = register(T0, null, { status: 'starting', check: CHECK });
    const failed = checked(starting, 'refused', act(T0, 'refused'));
    const passed = checked(failed.record, null, act(T0));

    expect([failed.event.event, passed.event.event]).toEqual(['check failed', 'check passed']);
    expect(statusAt(failed.record, T0)).toBe('unhealthy');
    expect(statusAt(passed.record, T0)).toBe('starting');
  });

  it.each(['up', 'down', 'starting', 'stopping', 'maintenance', 'unhealthy'] as const)(
    'what it says of itself is its status while nothing else holds: %s',
    (status) => {
      expect(statusAt(register(T0, null, { status }), T0)).toBe(status);
    },
  );
});
