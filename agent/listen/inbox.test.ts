import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { LIMITS } from '../../test/support/following.ts';
import { settled, until } from '../../test/support/runner-rig.ts';
import type { BatchLimits } from '../plugins/plugin.ts';
import { Inbox } from './inbox.ts';

const LINGER_MS = 5_000;
const BYTES_MAX = 100;

describe('what waits in an inbox', () => {
  it('is handed out at once where a batch need not be full', async () => {
    const { inbox, taken } = rig({ lingerMs: 0 });
    inbox.put([part('a')]);

    await until(() => taken.length === 1);
    expect(taken).toEqual(['a']);
  });

  it('waits for more as long as it may, counted from when the first of it came', async () => {
    const { inbox, clock, taken } = rig({}, 'idle');
    inbox.put([part('a')]);
    clock.advance(LINGER_MS - 1_000);
    void take();
    inbox.put([part('b')]);
    await settled();
    expect(taken).toEqual([]);

    clock.advance(1_000);
    await until(() => taken.length === 1);
    expect(taken).toEqual(['ab']);

    async function take(): Promise<void> {
      taken.push(textOf(await inbox.take(limits({}), new AbortController().signal)));
    }
  });

  it.each<{ why: string; given: Partial<BatchLimits>; parts: string[]; batch: string }>([
    { why: 'its lines are a batch', given: { lines: 2 }, parts: ['a', 'b'], batch: 'ab' },
    { why: 'its bytes are a batch', given: { bytes: 4 }, parts: ['aa', 'bb'], batch: 'aabb' },
    {
      why: 'nothing more fits in',
      given: {},
      parts: ['a', 'b'.repeat(99)],
      batch: `a${'b'.repeat(99)}`,
    },
    { why: 'what follows is of another origin', given: {}, parts: ['a', '@b'], batch: 'a' },
  ])('waits no longer when $why', async ({ given, parts, batch }) => {
    const { inbox, taken } = rig(given);
    inbox.put([part(parts[0] ?? '')]);
    await settled();
    expect(taken).toEqual([]);

    inbox.put([part(parts[1] ?? '')]);
    await until(() => taken.length > 0);
    expect(taken).toEqual([batch]);
  });

  it('is left where it is when the reader ends', async () => {
    const { inbox, taken, stop } = rig({});
    inbox.put([part('a')]);
    await settled();
    stop.abort();

    await until(() => taken.length > 0);
    expect(taken).toEqual(['']);
    expect(inbox.bytes).toBe(1);
  });
});

/** An inbox that is taken from once, on a clock that stands still. */
function rig(given: Partial<BatchLimits>, taker: 'taking' | 'idle' = 'taking') {
  const clock = new FakeClock();
  const inbox = new Inbox(BYTES_MAX, clock);
  const stop = new AbortController();
  const taken: string[] = [];
  if (taker === 'taking')
    void inbox.take(limits(given), stop.signal).then((parts) => taken.push(textOf(parts)));
  return { inbox, clock, stop, taken };
}

function limits(given: Partial<BatchLimits>): BatchLimits {
  return { ...LIMITS, lingerMs: LINGER_MS, ...given };
}

/** One that begins with `@` is of another origin. */
function part(text: string) {
  const origin = text.startsWith('@') ? 'other' : 'peer';
  return { bytes: Buffer.from(text), lines: 1, ends: null, origin };
}

function textOf(parts: readonly { readonly bytes: Buffer }[]): string {
  return parts.map(({ bytes }) => bytes.toString()).join('');
}
