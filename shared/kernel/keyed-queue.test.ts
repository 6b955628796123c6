import { describe, expect, it } from 'vitest';
import { KeyedQueue } from './keyed-queue.ts';

describe('KeyedQueue', () => {
  it('runs the tasks of one key one after another, and other keys beside them', async () => {
    const queue = new KeyedQueue();
    const log: string[] = [];
    const gate = Promise.withResolvers<undefined>();

    const first = queue.run('a', async () => {
      await gate.promise;
      log.push('a1');
    });
    const second = queue.run('a', async () => log.push('a2'));
    await queue.run('b', async () => log.push('b1'));
    gate.resolve(undefined);
    await Promise.all([first, second]);

    expect(log).toEqual(['b1', 'a1', 'a2']);
  });

  it('goes on after a task that failed, and fails only its caller', async () => {
    const queue = new KeyedQueue();

    const broken = queue.run('a', () => Promise.reject(new Error('no')));
    const next = queue.run('a', async () => 'yes');

    await expect(broken).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
  });
});
