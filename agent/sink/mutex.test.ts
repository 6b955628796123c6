import { describe, expect, it } from 'vitest';
import { Mutex } from './mutex.ts';

const never = new AbortController().signal;

describe('Mutex', () => {
  it('is given in the order of those who wait', async () => {
    const mutex = new Mutex();
    const log: string[] = [];
    const first = await mutex.acquire(never);
    const others = ['b', 'c'].map(async (name) => {
      const release = await mutex.acquire(never);
      log.push(name);
      release();
    });

    log.push('a');
    first();
    await Promise.all(others);

    expect(log).toEqual(['a', 'b', 'c']);
    expect(mutex.isHeld).toBe(false);
  });

  it('is given back once, however often that is said', async () => {
    const mutex = new Mutex();
    const first = await mutex.acquire(never);
    first();
    const second = await mutex.acquire(never);
    first();

    expect(mutex.isHeld).toBe(true);
    second();
    expect(mutex.isHeld).toBe(false);
  });

  it('passes over one who has stopped waiting', async () => {
    const mutex = new Mutex();
    const leaving = new AbortController();
    const first = await mutex.acquire(never);
    const left = mutex.acquire(leaving.signal);
    const patient = mutex.acquire(never);

    leaving.abort();
    await expect(left).rejects.toMatchObject({ kind: 'unavailable', message: 'aborted' });
    first();
    (await patient)();

    expect(mutex.isHeld).toBe(false);
  });

  it('is refused to one who has aborted already', async () => {
    const mutex = new Mutex();

    await expect(mutex.acquire(AbortSignal.abort())).rejects.toMatchObject({ message: 'aborted' });
    expect(mutex.isHeld).toBe(false);
  });
});
