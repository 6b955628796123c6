import { describe, expect, it } from 'vitest';
import { ErrorHistory, ErrorRing, NO_ERRORS } from './error-history.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

describe('ErrorRing', () => {
  it('counts equal errors in a row as one, stamped with the latest', () => {
    const ring = new ErrorRing(10);
    ring.add('no route', NOW_MS);
    ring.add('no route', NOW_MS + 1);
    ring.add('refused', NOW_MS + 2);
    ring.add('no route', NOW_MS + 3);

    expect(ring.entries.map(({ error, count }) => [error, count])).toEqual([
      ['no route', 2],
      ['refused', 1],
      ['no route', 1],
    ]);
    expect(ring.entries[0]?.timestamp).toBe(BigInt(NOW_MS + 1) * 1_000_000n);
  });

  it.each([
    { cap: 3, kept: 3, why: 'the cap as configured' },
    { cap: 0, kept: 100, why: 'the default cap' },
  ])('keeps the latest $kept: $why', ({ cap, kept }) => {
    const ring = new ErrorRing(cap);
    for (let i = 0; i < 200; i += 1) ring.add(`error ${i}`, NOW_MS);

    expect(ring.entries).toHaveLength(kept);
    expect(ring.entries.at(-1)?.error).toBe('error 199');
  });

  it('cuts a text at 1024 characters', () => {
    const ring = new ErrorRing(1);
    ring.add('x'.repeat(5000), NOW_MS);

    expect(ring.entries[0]?.error).toHaveLength(1024);
  });
});

describe('ErrorHistory', () => {
  it('is all null while nothing went wrong', () => {
    expect(new ErrorHistory(0).result).toEqual(NO_ERRORS);
  });

  it('tells the stages and their plugins apart', () => {
    const history = new ErrorHistory(0);
    history.read('gone', NOW_MS);
    history.parse('not json', NOW_MS, 7);
    history.transform('rename', 'no key', NOW_MS);
    history.send('http', 'refused', NOW_MS);

    expect(history.result).toMatchObject({
      read_errors: [{ error: 'gone', count: 1 }],
      parse_errors: [{ error: 'not json', count: 7 }],
      transform_errors: { rename: [{ error: 'no key' }] },
      send_errors: { http: [{ error: 'refused' }] },
    });
  });
});
