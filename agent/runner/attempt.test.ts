import { describe, expect, it } from 'vitest';
import type { Sender } from '../plugins/plugin.ts';
import { ObjectRecords } from '../records/object-records.ts';
import { RecordsRefused } from '../records/records-refused.ts';
import { ACCEPTED } from '../sink/acceptance.ts';
import { Attempts } from './attempt.ts';

const never = new AbortController().signal;

/** Takes at most `most` records at once, and tells which of them it refuses. */
function picky(most: number, refuses: (n: unknown) => boolean) {
  const taken: unknown[] = [];
  const sender: Sender = {
    name: 'picky',
    send: async (records) => {
      if (records.count > most) throw new RecordsRefused('too large');
      const numbers = records.objects().map(({ n }) => n);
      taken.push(...numbers.filter((n) => !refuses(n)));
      const refused = numbers.flatMap((n, index) =>
        refuses(n) ? [{ index, reason: `no ${String(n)}` }] : [],
      );
      return { ...ACCEPTED, refused };
    },
    close: () => Promise.resolve(),
  };
  return { sender, taken };
}

function attemptsOf(sender: Sender, count: number): Attempts {
  const records = new ObjectRecords(Array.from({ length: count }, (_, n) => ({ n })));
  return new Attempts(sender, { records, key: 'k' });
}

describe('a sink that tells which records it refuses', () => {
  it.each([{ most: 8 }, { most: 3 }, { most: 1 }])(
    'is believed, also for parts of $most',
    async ({ most }) => {
      const { sender, taken } = picky(most, (n) => n === 2 || n === 5);

      const { refused } = await attemptsOf(sender, 8).send(never, true);

      expect(refused).toEqual([
        { index: 2, reason: 'no 2' },
        { index: 5, reason: 'no 5' },
      ]);
      expect(taken).toEqual([0, 1, 3, 4, 6, 7]);
    },
  );

  it.each([
    { count: 1, mayRefuse: false, why: 'no 0' },
    { count: 101, mayRefuse: true, why: 'more than 100 records' },
  ])('is tried again when $count may not be dead letters', async ({ count, mayRefuse, why }) => {
    const { sender } = picky(1_000, () => true);

    const sending = attemptsOf(sender, count).send(never, mayRefuse);

    await expect(sending).rejects.toThrow(why);
  });
});

describe('a sink that does not tell which records it refuses', () => {
  it('is believed how many they are, of all parts together', async () => {
    const sender: Sender = {
      name: 'vague',
      send: async ({ count }) => {
        if (count > 4) throw new RecordsRefused('too large');
        return { ...ACCEPTED, refusedSome: { count: 1, reason: `of ${count}` } };
      },
      close: () => Promise.resolve(),
    };

    const { acceptance, refused } = await attemptsOf(sender, 7).send(never, true);

    expect(acceptance.refusedSome).toEqual({ count: 2, reason: 'of 3' });
    expect(refused).toEqual([]);
  });
});
