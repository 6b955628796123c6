import { describe, expect, it } from 'vitest';
import { change, instance, type RegistryBench } from './registry-bench.ts';

/** In their order. */
const WEB = ['web-1', 'web-10', 'web-2', 'web.1', 'webA', 'web_1', 'weba'];

export function describeLists(bench: RegistryBench): void {
  const ids = async (service: string | null, after: string, limit: number) => {
    const listed = await bench.store.list({ service, after, limit });
    return listed.map(({ record }) => record.id);
  };

  /** All, by so many at a time. */
  async function paged(service: string | null, limit: number): Promise<string[]> {
    const all: string[] = [];
    for (;;) {
      const page = await ids(service, all.at(-1) ?? '', limit);
      all.push(...page);
      if (page.length < limit) return all;
    }
  }

  async function fill() {
    const web = WEB.toReversed().map((id) => change(instance(id, { name: 'web' })));
    await bench.store.write([...web, change(instance('api-1')), change(instance('zoo-1'))]);
  }

  describe('a list', () => {
    it('is empty where nothing is', async () => {
      expect(await ids(null, '', 10)).toEqual([]);
      expect(await ids('web', '', 10)).toEqual([]);
      expect(await bench.store.services()).toEqual([]);
    });

    it('gives the instances of a service in the order of their IDs, page by page', async () => {
      await fill();

      expect(await ids('web', '', 100)).toEqual(WEB);
      expect(await ids('web', 'web-10', 2)).toEqual(['web-2', 'web.1']);
      expect(await paged('web', 3)).toEqual(WEB);
      expect(await ids('web', 'weba', 10)).toEqual([]);
      expect(await ids('we', '', 10)).toEqual([]);
    });

    it('gives those of all services in the same way', async () => {
      await fill();

      expect(await ids(null, '', 100)).toEqual(['api-1', ...WEB, 'zoo-1']);
      expect(await paged(null, 2)).toEqual(['api-1', ...WEB, 'zoo-1']);
    });

    it('goes on behind an ID that is not there any more', async () => {
      await fill();
      await bench.remove('web-10');

      expect(await ids('web', 'web-10', 2)).toEqual(['web-2', 'web.1']);
      expect(await ids(null, 'web-10', 2)).toEqual(['web-2', 'web.1']);
    });

    it('shows leases and revisions as `find` does', async () => {
      const revision = await bench.put(instance('web-1'));
      await bench.put(instance('web-2', { lifecycle: 'offline' }), { lease: 'end' });

      const listed = await bench.store.list({ service: 'web', after: '', limit: 10 });
      expect(listed).toMatchObject([{ revision, lease: {} }, { lease: null }]);
    });

    it('tells the services that have instances, in the order of their names', async () => {
      await fill();
      await bench.remove('zoo-1');

      expect(await bench.store.services()).toEqual([
        { name: 'api', instances: 1 },
        { name: 'web', instances: WEB.length },
      ]);
    });
  });

  describe('what is found', () => {
    it('is in the order in which it was asked for, each as often as it was', async () => {
      await fill();
      const found = await bench.store.find(['web-2', 'none', 'api-1', 'web-2']);

      expect(found.map((each) => each?.record.id)).toEqual(['web-2', undefined, 'api-1', 'web-2']);
      expect(found[1]).toBeNull();
      expect(await bench.store.find([])).toEqual([]);
    });
  });
}
