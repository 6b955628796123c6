import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FleetProcess, freePort, type Json } from '../support/fleet-process.ts';

describe('profile_host', () => {
  let fleet: FleetProcess;
  let profiles: string;

  beforeAll(async () => {
    profiles = `127.0.0.1:${await freePort()}`;
    fleet = await FleetProcess.start({
      bind_host: `127.0.0.1:${await freePort()}`,
      profile_host: profiles,
    });
  });

  afterAll(() => fleet.remove());

  it('gives a CPU profile as DevTools opens it', async () => {
    const answer = await fetch(`http://${profiles}/debug/pprof/profile?seconds=1`);
    const profile: Json = JSON.parse(await answer.text());
    const keys: string[] = Object.keys(profile as object);

    expect(answer.headers.get('content-disposition')).toContain('.cpuprofile');
    expect(keys).toEqual(
      expect.arrayContaining(['nodes', 'startTime', 'endTime', 'samples', 'timeDeltas']),
    );
    expect(profile.nodes[0].callFrame.functionName).toBe('(root)');
  });

  it('gives a heap snapshot as DevTools opens it', async () => {
    const answer = await fetch(`http://${profiles}/debug/pprof/heap`);
    const snapshot = JSON.parse(await answer.text());

    expect(answer.headers.get('content-disposition')).toContain('.heapsnapshot');
    expect(snapshot.snapshot.node_count).toBeGreaterThan(1_000);
  });

  it('stays off the public port', async () => {
    expect((await fleet.get('/debug/pprof/heap')).status).toBe(404);
  });
});
