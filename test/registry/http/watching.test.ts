import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStream } from '../../support/event-stream.ts';
import type { Json } from '../../support/fleet-process.ts';
import { RegistryRig } from '../../support/registry-rig.ts';
import { waitFor } from '../../support/wait-for.ts';

const WATCHERS = 200;
const BIG = 'x'.repeat(1_000);

describe('watching a service over HTTP', () => {
  let rig: RegistryRig;
  const streams: EventStream[] = [];

  beforeEach(async () => {
    rig = await RegistryRig.start();
  });
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close();
    await rig[Symbol.asyncDispose]();
  });

  const open = async (service: string, query = '', headers = {}): Promise<EventStream> => {
    const url = `${rig.url}/registry/watch/${service}${query}`;
    const stream = await EventStream.open(url, {
      authorization: `Bearer ${rig.admin}`,
      ...headers,
    });
    streams.push(stream);
    return stream;
  };
  const put = (port: number, more = {}): Promise<Json> =>
    rig.register({ id: `web-${port}`, name: 'web', address: `localhost:${port}`, ...more });
  const poll = (query: string): Promise<Json> => rig.data('GET', `/registry/watch/web${query}`);
  /** The clock of the registry moves on until something has come of it. */
  const passing = (ms: number, what: string, ask: () => Promise<boolean> | boolean) =>
    waitFor(what, () => {
      rig.clock.advance(ms);
      return ask();
    });
  const watchers = async (): Promise<number> => {
    const { values } = await rig.registry.metrics.watchers.get();
    return values[0]?.value ?? 0;
  };

  it('begins with all instances and goes on with what changes', async () => {
    await put(1);
    const stream = await open('web');
    const [snapshot] = await stream.first(1);
    await put(2);
    await rig.data('PUT', '/registry/services/web-1/offline');
    await rig.data('DELETE', '/registry/services/web-2');
    await rig.register({ name: 'other', address: 'localhost:1' });

    expect(stream.header('content-type')).toBe('text/event-stream; charset=UTF-8');
    expect(stream.header('cache-control')).toBe('no-store');
    expect(snapshot).toMatchObject({
      event: 'snapshot',
      data: { snapshot: true, removed: [], instances: [{ id: 'web-1', status: 'active' }] },
    });
    expect(snapshot?.id).toBe(String(snapshot?.data.revision));
    await waitFor('the last change', () =>
      stream.events.some(({ data }) => data.removed.includes('web-2')),
    );
    const changes = stream.events.slice(1);
    expect(changes.map(({ event }) => event)).not.toContain('snapshot');
    const instances: Json[] = changes.flatMap(({ data }) => data.instances);
    expect(instances.filter(({ name }) => name !== 'web')).toEqual([]);
    expect(instances.findLast(({ id }) => id === 'web-1')).toMatchObject({ status: 'inactive' });
  });

  it.each(['Last-Event-ID', '?revision='])('goes on from where it was, by %s', async (way) => {
    await put(1);
    const first = await open('web');
    const [snapshot] = await first.first(1);
    first.close();
    await put(2);
    await rig.data('DELETE', '/registry/services/web-1');

    const id = snapshot?.id ?? '';
    const again = await (way.startsWith('?')
      ? open('web', way + id)
      : open('web', '', { 'last-event-id': id }));
    const [change] = await again.first(1);
    expect(change).toMatchObject({
      event: 'change',
      data: { snapshot: false, removed: ['web-1'], instances: [{ id: 'web-2' }] },
    });
  });

  it('begins anew where that is not known any more, or never was', async () => {
    await put(1);
    for (const query of ['?revision=1', '?revision=999999999999999']) {
      const [event] = await (await open('web', query)).first(1);
      expect(event).toMatchObject({ event: 'snapshot', data: { instances: [{ id: 'web-1' }] } });
    }
  });

  it('says by a comment that it is there', async () => {
    const stream = await open('web');
    await stream.first(1);

    await passing(5_000, 'comments', () => stream.comments >= 2);
    expect(stream.events).toHaveLength(1);
  });

  it('ends in order when the server stops, and leaves nothing behind when the client goes', async () => {
    const [staying, going] = [await open('web'), await open('web')];
    await Promise.all([staying.first(1), going.first(1)]);
    await waitFor('both', async () => (await watchers()) === 2);
    going.close();
    await waitFor('one', async () => (await watchers()) === 1);

    rig.endWatches();
    await waitFor('its end', () => staying.isEnded);
    await waitFor('none', async () => (await watchers()) === 0);
  });

  it('leaves nothing behind of a HEAD', async () => {
    const url = `${rig.url}/registry/watch/web`;
    const answer = await fetch(url, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${rig.admin}` },
    });

    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    await waitFor('none', async () => (await watchers()) === 0);
  });

  it('tells many of the same', async () => {
    await put(1);
    const many = await Promise.all(Array.from({ length: WATCHERS }, () => open('web')));
    await Promise.all(many.map((stream) => stream.first(1)));
    expect(await watchers()).toBe(WATCHERS);
    await put(2);

    const told = await Promise.all(many.map((stream) => stream.first(2)));
    for (const [, change] of told) expect(change?.data.instances).toMatchObject([{ id: 'web-2' }]);
  });

  it('costs a reader that stands still no more than the last state of each instance', async () => {
    const stream = await open('web');
    await stream.first(1);
    stream.pause();
    const rounds = 300;
    const sizes = Array.from({ length: 40 }, (_, port) => port + 1);
    const metadata = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`k${n}`, BIG]));
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(
        sizes.map((port) =>
          rig.registry.register({
            ...{ id: `web-${port}`, name: 'web', address: `localhost:${port}`, metadata },
            weight: (round % 1_000) + 1,
          }),
        ),
      );
    }
    stream.resume();

    const isLast = ({ data }: Json) =>
      data.instances.some(({ id, weight }: Json) => id === 'web-40' && weight === rounds);
    await waitFor('the last state', () => stream.events.some(isLast));
    expect(stream.events.length).toBeLessThan(rounds);
  });

  it('cuts off who takes nothing for a minute', async () => {
    const metadata = Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`k${n}`, BIG]));
    const big = Array.from({ length: 2_000 }, (_, port) =>
      rig.registry.register({ name: 'web', address: `localhost:${port + 1}`, metadata }),
    );
    await Promise.all(big);
    const stream = await open('web');
    stream.pause();

    await passing(10_000, 'the cut', async () => (await watchers()) === 0);
    expect(stream.comments).toBe(0);
    stream.resume();
    await waitFor('that it sees it', () => stream.isEnded);
    expect(stream.events).toEqual([]);
  });

  describe('by long calls', () => {
    it('answers at once with everything, or with what is newer', async () => {
      await put(1);
      const all = await poll('?wait=30s');
      expect(all).toMatchObject({ snapshot: true, instances: [{ id: 'web-1' }], removed: [] });

      await put(2);
      const newer = await poll(`?wait=30&revision=${all.revision}`);
      expect(newer).toMatchObject({ snapshot: false, instances: [{ id: 'web-2' }], removed: [] });
      expect(newer.revision).toBeGreaterThan(Number(all.revision));
    });

    it('answers as soon as something changes', async () => {
      const { revision } = await poll('?wait=0');
      const waiting = poll(`?wait=5m&revision=${revision}`);
      await waitFor('that it waits', async () => (await watchers()) === 1);
      await put(3);

      expect(await waiting).toMatchObject({ snapshot: false, instances: [{ id: 'web-3' }] });
      await waitFor('none', async () => (await watchers()) === 0);
    });

    it('answers after the wait that nothing has changed, and with what to go on from', async () => {
      await put(1);
      const { revision } = await poll('?wait=1s');
      await rig.register({ name: 'other', address: 'localhost:1' });
      const waiting = poll(`?wait=5s&revision=${revision}`);
      const answered = { is: false };
      void waiting.then(() => {
        answered.is = true;
      });
      await passing(1_000, 'the answer', () => answered.is);

      const nothing = await waiting;
      expect(nothing).toMatchObject({ snapshot: false, instances: [], removed: [] });
      expect(nothing.revision).toBeGreaterThanOrEqual(Number(revision));
      await put(4);
      const next = await poll(`?wait=30s&revision=${nothing.revision}`);
      expect(next.instances).toMatchObject([{ id: 'web-4' }]);
    });

    it('is answered at once when the server stops', async () => {
      const { revision } = await poll('?wait=0');
      const waiting = poll(`?wait=5m&revision=${revision}`);
      await waitFor('that it waits', async () => (await watchers()) === 1);
      rig.endWatches();

      expect(await waiting).toMatchObject({ instances: [], removed: [] });
    });
  });
});
