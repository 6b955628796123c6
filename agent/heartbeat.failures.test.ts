import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '../shared/kernel/errors.ts';
import { Metrics } from '../shared/telemetry/metrics.ts';
import { HastyClock } from '../test/support/hasty-clock.ts';
import { Heartbeat } from './heartbeat.ts';
import { fixedMasters } from './masters.ts';

const Line = z.object({ msg: z.string() });
const INTERVAL_MS = 15_000;
const broken = () => new AppError('unavailable', 'EOF', { details: { reached: true } });
const refused = () => new AppError('unavailable', 'dial', { details: { reached: false } });

/** Beats until the request number `last`, of which those that are named fail. */
async function beat(failures: ReadonlyMap<number, () => AppError>, last: number) {
  const stop = new AbortController();
  const clock = new HastyClock(0);
  const [atMs, logged]: [number[], string[]] = [[], []];
  let signed = 0;
  const request = async () => {
    atMs.push(clock.monotonicMs());
    if (atMs.length === last) stop.abort();
    const failure = failures.get(atMs.length);
    if (failure !== undefined) throw failure();
    return { status: 200, headers: {}, body: '' };
  };
  const heartbeat = new Heartbeat({
    masters: fixedMasters(['http://127.0.0.1:1']),
    ...{ tokens: null, address: () => 'http://10.0.0.1:4000', tag: () => '' },
    ...{ intervalMs: INTERVAL_MS, clock, random: { next: () => 0.5 }, metrics: new Metrics() },
    http: { request, close: () => Promise.resolve() },
    sign: () => ({ authorization: `signature ${(signed += 1)}` }),
    log: pino(
      { base: null },
      { write: (line: string) => logged.push(Line.parse(JSON.parse(line)).msg) },
    ),
  });
  await heartbeat.run(stop.signal, () => undefined);
  return { atMs, signed, logged };
}

describe('a heartbeat that fails', () => {
  it.each([{ failure: broken }, { failure: refused }])(
    'is sent once more, signed anew, and the next is due as ever',
    async ({ failure }) => {
      const { atMs, signed, logged } = await beat(new Map([[1, failure]]), 3);

      expect(atMs).toEqual([0, 1_000, INTERVAL_MS]);
      expect(signed).toBe(3);
      expect(logged).toEqual(['master takes our heartbeats']);
    },
  );

  it('is not sent a third time before the next is due', async () => {
    const failures = new Map([1, 2].map((nth) => [nth, refused]));

    expect((await beat(failures, 3)).atMs).toEqual([0, 1_000, INTERVAL_MS]);
  });

  it('keeps no later one from a master, however many have failed', async () => {
    const failures = new Map(Array.from({ length: 40 }, (_, nth) => [nth + 1, refused]));
    const { atMs, logged } = await beat(failures, 42);

    expect(atMs.at(40)).toBe(20 * INTERVAL_MS);
    expect(logged).toEqual(['master is unavailable, trying on', 'master takes our heartbeats']);
  });
});
