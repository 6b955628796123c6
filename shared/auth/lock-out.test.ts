import { describe, expect, it } from 'vitest';
import { LockOut } from './lock-out.ts';

const MINUTE_MS = 60_000;
const ADMIN = { username: 'admin', address: '10.0.0.1' };

/** How many wrong passwords an address gets through in a time, when it never waits. */
function tried(lockOut: LockOut, attempt: typeof ADMIN, { fromMs = 0, forMs = 0 }): number {
  let count = 0;
  for (let atMs = fromMs; atMs <= fromMs + forMs; atMs += 500) {
    if (isTaken(lockOut, attempt, atMs)) count += 1;
  }
  return count;
}

function isTaken(lockOut: LockOut, attempt: typeof ADMIN, atMs: number): boolean {
  try {
    lockOut.begin(attempt, atMs);
    return true;
  } catch (thrown) {
    expect(thrown).toMatchObject({ kind: 'forbidden', details: { status: 429 } });
    return false;
  }
}

describe('LockOut', () => {
  it('makes who guesses wait, twice as long each time', () => {
    const lockOut = new LockOut();
    const free = tried(lockOut, ADMIN, {});
    expect(free).toBe(1);
    const inAnHour = tried(lockOut, ADMIN, { fromMs: 1, forMs: 60 * MINUTE_MS });
    expect(inAnHour).toBeGreaterThan(7);
    expect(inAnHour).toBeLessThan(25);
  });

  it('counts those that are made at once', () => {
    const lockOut = new LockOut();
    const taken = Array.from({ length: 100 }, () => isTaken(lockOut, ADMIN, 0));
    expect(taken.filter(Boolean)).toHaveLength(8);
  });

  it('says how long there is to wait', () => {
    const lockOut = new LockOut();
    for (let time = 0; time < 10; time += 1) isTaken(lockOut, ADMIN, 0);
    expect(() => lockOut.begin(ADMIN, 400)).toThrow('too many wrong passwords; try again in 1 s');
    expect(isTaken(lockOut, ADMIN, 1_000)).toBe(true);
    expect(() => lockOut.begin(ADMIN, 1_000)).toThrow('try again in 2 s');
  });

  it('forgets what was before a right one, and what was an hour ago', () => {
    const lockOut = new LockOut();
    for (let time = 0; time < 100; time += 1) {
      lockOut.begin(ADMIN, time);
      lockOut.wasRight(ADMIN);
    }
    for (let time = 0; time < 8; time += 1) expect(isTaken(lockOut, ADMIN, 0)).toBe(true);
    expect(isTaken(lockOut, ADMIN, 0)).toBe(false);
    for (let time = 0; time < 8; time += 1) {
      expect(isTaken(lockOut, ADMIN, 60 * MINUTE_MS)).toBe(true);
    }
  });

  it('does not count what was not found out', () => {
    const lockOut = new LockOut();
    for (let time = 0; time < 100; time += 1) {
      lockOut.begin(ADMIN, 0);
      lockOut.wasNotTried(ADMIN);
    }
    for (let time = 0; time < 8; time += 1) expect(isTaken(lockOut, ADMIN, 0)).toBe(true);
    lockOut.wasNotTried(ADMIN);
    expect([isTaken(lockOut, ADMIN, 0), isTaken(lockOut, ADMIN, 0)]).toEqual([true, false]);
  });

  it('never keeps an admin out who comes from elsewhere, however many guess', () => {
    const lockOut = new LockOut();
    for (let stranger = 0; stranger < 500; stranger += 1) {
      const address = `10.1.${Math.floor(stranger / 250)}.${stranger % 250}`;
      tried(lockOut, { ...ADMIN, address }, { forMs: 10_000 });
    }
    expect(isTaken(lockOut, ADMIN, 10_000)).toBe(true);
    expect(isTaken(lockOut, { username: 'bob', address: '10.1.0.1' }, 10_000)).toBe(true);
  });

  it('gives few tries to each of many who guess the same password', () => {
    const lockOut = new LockOut();
    const taken = Array.from({ length: 50 }, (_, stranger) => {
      const attempt = { ...ADMIN, address: `10.1.0.${stranger}` };
      return Array.from({ length: 20 }, () => isTaken(lockOut, attempt, 0)).filter(Boolean).length;
    });
    expect(taken.slice(0, 3)).toEqual([8, 8, 8]);
    expect(new Set(taken.slice(5))).toEqual(new Set([2]));
  });

  it('makes who tries one password on many accounts wait', () => {
    const lockOut = new LockOut();
    const taken = Array.from({ length: 100 }, (_, nth) =>
      isTaken(lockOut, { ...ADMIN, username: `user-${nth}` }, 0),
    );
    expect(taken.filter(Boolean)).toHaveLength(40);
  });

  it.each([
    { one: '2001:db8::1', other: '2001:db8:0:0:ffff::2', isSame: true },
    { one: '2001:db8:1::1', other: '2001:db8:2::1', isSame: false },
    { one: '::ffff:10.0.0.1', other: '::ffff:10.0.0.2', isSame: false },
  ])('takes $one and $other for one: $isSame', ({ one, other, isSame }) => {
    const lockOut = new LockOut();
    for (let time = 0; time < 8; time += 1) lockOut.begin({ ...ADMIN, address: one }, 0);
    expect(isTaken(lockOut, { ...ADMIN, address: other }, 0)).toBe(!isSame);
  });

  it('remembers no more than it has room for', () => {
    const lockOut = new LockOut();
    for (let time = 0; time < 8; time += 1) lockOut.begin(ADMIN, 0);
    expect(isTaken(lockOut, ADMIN, 0)).toBe(false);
    for (let nth = 0; nth < 10_001; nth += 1) {
      const address = `10.${nth >> 16}.${(nth >> 8) & 255}.${nth & 255}`;
      lockOut.begin({ username: `u${nth}`, address: `x${address}` }, 0);
    }
    expect(isTaken(lockOut, ADMIN, 0)).toBe(true);
  });
});
