import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EdgeServer, serveEdge } from '../../test/support/edge-server.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { profileRoutes } from './profiler.ts';

describe('profileRoutes', () => {
  let clock: FakeClock;
  let server: EdgeServer;

  beforeEach(async () => {
    clock = new FakeClock();
    server = await serveEdge({ routes: profileRoutes({ clock }) });
  });

  afterEach(() => server.close(0));

  function startProfile(query = '') {
    const answer = fetch(`${server.url}/debug/pprof/profile${query}`);
    return { answer, started: profileStarted() };
  }

  async function profileStarted(): Promise<void> {
    await expect.poll(() => clock.sleepers).toBeGreaterThan(0);
  }

  it('lists what there is', async () => {
    const answer = await request(server.url).get('/debug/pprof/').expect(200);

    expect(answer.text).toContain('/debug/pprof/profile?seconds=10');
    expect(answer.headers['content-type']).toBe('text/plain; charset=UTF-8');
  });

  it.each(['0', '121', '1.5', 'x', '-1'])('takes no profile of %s seconds', async (seconds) => {
    const answer = await request(server.url)
      .get(`/debug/pprof/profile?seconds=${seconds}`)
      .expect(400);

    expect(answer.body.message).toBe(
      `seconds=${seconds} is not possible; give a whole number from 1 to 120`,
    );
  });

  it('gives a heap snapshot to download, twice', async () => {
    for (let round = 0; round < 2; round++) {
      const answer = await fetch(`${server.url}/debug/pprof/heap`);

      expect(answer.headers.get('content-disposition')).toBe(
        'attachment; filename="logkit-fleet.heapsnapshot"',
      );
      expect(await answer.json()).toHaveProperty('snapshot.meta');
    }
  });

  it('takes one profile at a time, and may be asked again when it is done', async () => {
    const first = startProfile();
    await first.started;

    const refused = await request(server.url).get('/debug/pprof/heap').expect(409);
    expect(refused.body.message).toMatch(/another profile is being taken/);

    clock.advance(10_000);
    const profile = await (await first.answer).json();
    expect(profile).toMatchObject({ nodes: expect.any(Array), samples: expect.any(Array) });

    const second = startProfile('?seconds=2');
    await second.started;
    clock.advance(2_000);
    expect((await second.answer).headers.get('content-disposition')).toBe(
      'attachment; filename="logkit-fleet.cpuprofile"',
    );
  });

  it('ends a profile that nobody waits for', async () => {
    const leaving = new AbortController();
    const answer = fetch(`${server.url}/debug/pprof/profile`, { signal: leaving.signal });
    await profileStarted();
    leaving.abort();
    await expect(answer).rejects.toThrow();

    await expect
      .poll(() => fetch(`${server.url}/debug/pprof/heap`, { method: 'HEAD' }))
      .toMatchObject({ status: 200 });
  });
});
