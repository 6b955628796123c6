import { describe, expect, it } from 'vitest';
import { Passwords } from './passwords.ts';

const CHEAP = { cost: 16, blockSize: 8, parallel: 1 };

describe('Passwords', () => {
  it('tell a right one from a wrong one, by a hash with its own salt', async () => {
    const passwords = new Passwords(CHEAP);
    const [one, other] = [await passwords.hash('a password'), await passwords.hash('a password')];
    expect(one.salt).not.toBe(other.salt);
    expect(one.hash).not.toBe(other.hash);
    expect(await passwords.isRight('a password', one)).toBe(true);
    expect(await passwords.isRight('a Password', one)).toBe(false);
    expect(await passwords.isRight('a password', { ...one, salt: other.salt })).toBe(false);
  });

  it('are the same however their characters are written', async () => {
    const passwords = new Passwords(CHEAP);
    const hash = await passwords.hash('caf\u00e9 for twelve');
    expect(await passwords.isRight('cafe\u0301 for twelve', hash)).toBe(true);
  });

  it('know old hashes when new ones cost more', async () => {
    const hash = await new Passwords(CHEAP).hash('a password');
    const dearer = new Passwords({ ...CHEAP, cost: 32 });
    expect(await dearer.isRight('a password', hash)).toBe(true);
    expect((await dearer.hash('a password')).cost).toBe(32);
  });

  it('take nothing for right of somebody who is not there', async () => {
    expect(await new Passwords(CHEAP).isRight('', null)).toBe(false);
  });

  it('refuse when too many wait, and take more when those are done', async () => {
    const passwords = new Passwords({ ...CHEAP, cost: 1024 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () => passwords.isRight('x', null)),
    );
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(50 - 2 - 32);
    expect(refused[0]).toMatchObject({ reason: { kind: 'unavailable' } });
    expect(await passwords.isRight('x', null)).toBe(false);
  });
});
