import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { SLAVES_MAX, Slaves, TAG_CHARS_MAX } from './slaves.ts';

const ALL = { tag: '', url: '' };
const A = 'http://10.0.0.1:4000';
const B = 'http://10.0.0.2:4000';

describe('Slaves', () => {
  let clock: FakeClock;
  let slaves: Slaves;

  beforeEach(() => {
    clock = new FakeClock(Date.UTC(2026, 10, 20));
    slaves = new Slaves(clock);
  });

  const statuses = () => slaves.list(ALL).map(({ status }) => status);

  it('lists in the order of the first registration, with the newest tag', () => {
    slaves.register({ url: A, tag: 'x' });
    slaves.register({ url: B, tag: '' });
    clock.advance(1_000);
    slaves.register({ url: A, tag: 'y' });

    const now = Date.UTC(2026, 10, 20);
    expect(slaves.list(ALL)).toEqual([
      { url: A, tag: 'y', status: 'ok', lastTouchMs: now + 1_000 },
      { url: B, tag: '', status: 'ok', lastTouchMs: now },
    ]);
  });

  it('knows one slave by all spellings of its address', () => {
    expect(slaves.register({ url: '10.0.0.1:4000', tag: 'a' })).toBe('new');
    for (const url of [A, `${A}/`, '10.0.0.1:4000', ' HTTP://10.0.0.1:4000']) {
      expect(slaves.register({ url, tag: 'b' })).toBe('known');
    }

    expect(slaves.list(ALL)).toMatchObject([{ url: A, tag: 'b' }]);
  });

  it.each([
    { silentMs: 30_000, status: 'ok' },
    { silentMs: 30_001, status: 'bad' },
    { silentMs: 60_000, status: 'bad' },
    { silentMs: 60_001, status: 'lost' },
  ])('shows $status after $silentMs ms of silence', ({ silentMs, status }) => {
    slaves.register({ url: A, tag: '' });

    clock.advance(silentMs);

    expect(statuses()).toEqual([status]);
  });

  it('is ok again with the next heartbeat, even in another spelling', () => {
    slaves.register({ url: A, tag: '' });
    clock.advance(90_000);

    slaves.register({ url: `${A}/`, tag: '' });

    expect(statuses()).toEqual(['ok']);
  });

  it.each([{ jumpMs: 3_600_000 }, { jumpMs: -3_600_000 }])(
    'does not mind a wall clock that jumps by $jumpMs ms',
    ({ jumpMs }) => {
      slaves.register({ url: A, tag: '' });
      clock.advance(31_000);
      slaves.register({ url: B, tag: '' });

      clock.jumpWall(jumpMs);

      expect(statuses()).toEqual(['bad', 'ok']);
    },
  );

  it.each([
    { tag: 't1', url: '', found: [A, B], why: 'a tag' },
    { tag: '', url: B, found: [B], why: 'a url' },
    { tag: '', url: '10.0.0.2:4000/', found: [B], why: 'a url in another spelling' },
    { tag: 't1', url: A, found: [A], why: 'both' },
    { tag: 't2', url: A, found: [], why: 'both, and one does not fit' },
    { tag: 't1,t2', url: '', found: [], why: 'a list is a tag like any other' },
    { tag: 'T1', url: '', found: [], why: 'case counts' },
    { tag: '', url: '::', found: [], why: 'no url at all' },
  ])('selects by $why', ({ tag, url, found }) => {
    slaves.register({ url: A, tag: 't1' });
    slaves.register({ url: B, tag: 't1' });
    slaves.register({ url: 'c:1', tag: 't2' });

    expect(slaves.list({ tag, url }).map((slave) => slave.url)).toEqual(found);
  });

  it('forgets what is removed, and does not mind removing nothing', () => {
    slaves.register({ url: A, tag: 'x' });
    slaves.register({ url: B, tag: 'y' });

    slaves.remove({ tag: 'nope', url: '' });
    slaves.remove({ tag: 'x', url: '' });

    expect(slaves.list(ALL)).toMatchObject([{ url: B }]);
    slaves.remove(ALL);
    expect(slaves.list(ALL)).toEqual([]);
    expect(slaves.register({ url: A, tag: 'x' })).toBe('new');
  });

  it.each([
    { url: '', tag: '', why: 'url "" is not usable: it is empty' },
    { url: 'ftp://a', tag: '', why: 'not http or https' },
    { url: A, tag: 'x'.repeat(TAG_CHARS_MAX + 1), why: 'tag is longer than 256 characters' },
  ])('refuses a registration: $why', ({ url, tag, why }) => {
    expect(() => slaves.register({ url, tag })).toThrow(
      expect.objectContaining({ kind: 'invalid', message: expect.stringContaining(why) }),
    );
    expect(slaves.list(ALL)).toEqual([]);
  });

  it('takes no more than it can hold, and goes on hearing those it has', () => {
    for (let n = 0; n < SLAVES_MAX; n++) slaves.register({ url: `http://h${n}:1`, tag: '' });

    expect(() => slaves.register({ url: A, tag: '' })).toThrow(
      expect.objectContaining({ kind: 'unavailable' }),
    );
    expect(slaves.register({ url: 'h7:1', tag: 'x' })).toBe('known');
    slaves.remove({ tag: '', url: 'h8:1' });
    expect(slaves.register({ url: A, tag: '' })).toBe('new');
  });

  it('counts by status', () => {
    slaves.register({ url: A, tag: '' });
    clock.advance(61_000);
    slaves.register({ url: B, tag: '' });

    expect(slaves.counts()).toEqual({ ok: 1, bad: 0, lost: 1 });
  });
});
