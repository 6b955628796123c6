import { describe, expect, it } from 'vitest';
import { stoppable } from './stoppable.ts';

describe('stoppable', () => {
  it('gives what the work gives, and stops nothing that is done', async () => {
    const end = new AbortController();
    let stops = 0;

    expect(
      await stoppable(
        end.signal,
        () => (stops += 1),
        async () => 'done',
      ),
    ).toBe('done');
    end.abort();
    expect(stops).toBe(0);
  });

  it('has the work fail when the signal aborts meanwhile', async () => {
    const end = new AbortController();
    const { promise, reject } = Promise.withResolvers<never>();
    const work = stoppable(
      end.signal,
      () => reject(new Error('stopped')),
      () => promise,
    );
    end.abort();

    await expect(work).rejects.toThrow('stopped');
  });

  it('begins nothing when the signal has aborted before', async () => {
    let begun = 0;
    const work = stoppable(
      AbortSignal.abort(),
      () => undefined,
      async () => (begun += 1),
    );

    await expect(work).rejects.toMatchObject({ kind: 'unavailable' });
    expect(begun).toBe(0);
  });
});
