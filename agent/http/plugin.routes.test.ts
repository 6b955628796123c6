import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeServer, serveEdge } from '../../test/support/edge-server.ts';
import { METRICS } from '../metrics/catalog.ts';
import { CATALOG } from '../plugins/catalog.ts';
import { pluginRoutes } from './plugin.routes.ts';

let edge: EdgeServer;
beforeAll(async () => {
  edge = await serveEdge({ routes: pluginRoutes(CATALOG) });
});
afterAll(() => edge.close(0));

async function get(path: string): Promise<unknown> {
  const { body } = await request(edge.url).get(`/logkit/${path}`).expect(200);
  return (body as { readonly data: unknown }).data;
}

const KINDS = [
  { kind: 'reader', plugins: CATALOG.readers },
  { kind: 'parser', plugins: CATALOG.parsers },
  { kind: 'transformer', plugins: CATALOG.transforms },
  { kind: 'sender', plugins: CATALOG.senders },
];

describe.each(KINDS)('the metadata of each $kind', ({ kind, plugins }) => {
  const types = plugins.map(({ type }) => type);

  it('says what it is for', async () => {
    const usages = plugins.map(({ type, usage }) => ({ key: type, value: usage, sort_key: type }));

    expect(await get(`${kind}/usages`)).toEqual(usages);
    expect(await get(`${kind}/tooltips`)).toEqual(usages);
  });

  it('has its options, and their schema, by its name', async () => {
    expect(Object.keys((await get(`${kind}/options`)) as object)).toEqual(types);
    expect(Object.keys((await get(`${kind}/schemas`)) as object)).toEqual(types);
  });
});

describe('an option', () => {
  it('is told in the words of the original', async () => {
    const { file } = (await get('reader/options')) as Record<string, unknown[]>;

    expect(file?.[0]).toEqual({
      ...{ KeyName: 'log_path', ChooseOnly: false, Element: 'text', ChooseOptions: null },
      ...{ Default: '', DefaultNoUse: true, Description: 'The path of the file.', CheckRegex: '' },
      ...{ style: '', required: true, placeholder: '/home/users/john/log/my.log', Secret: false },
      ...{ tooltip: 'The path of the file.', muti_default_source: false },
    });
  });

  it('has its choices where it has some', async () => {
    const { http } = (await get('sender/options')) as Record<string, Record<string, unknown>[]>;

    expect(http?.find(({ KeyName }) => KeyName === 'http_sender_protocol')).toMatchObject({
      ...{ ChooseOnly: true, Element: 'radio', Default: 'json' },
      ChooseOptions: expect.arrayContaining(['json', 'body_json', 'raw']),
    });
  });
});

describe('the router', () => {
  it('is described like the plugins are', async () => {
    expect(await get('sender/router/usage')).toMatchObject([{ key: 'equal' }, { key: 'contains' }]);
    expect(await get('sender/router/option')).toMatchObject([
      { KeyName: 'router_key_name', required: true },
      { KeyName: 'router_match_type', ChooseOptions: ['equal', 'contains'] },
      { KeyName: 'router_default_sender', Default: '0' },
    ]);
  });
});

describe('the cleaner', () => {
  it('is described like the plugins are', async () => {
    expect(await get('cleaner/options')).toMatchObject([
      { KeyName: 'delete_enable', Default: 'false', ChooseOptions: ['true', 'false'] },
      { KeyName: 'delete_interval', Default: '300', advance: true },
      { KeyName: 'reserve_file_number', Default: '10', advance: true },
      { KeyName: 'reserve_file_size', Default: '2048', advance: true },
    ]);
  });
});

describe('metrics', () => {
  it('say what they are for', async () => {
    expect(await get('metric/usages')).toContainEqual({
      ...{ key: 'disk', value: 'How full each file system is.', sort_key: 'disk' },
    });
  });

  it('have their attributes and options by their name', async () => {
    const keys = (await get('metric/keys')) as Record<string, unknown[]>;
    const options = (await get('metric/options')) as Record<string, unknown[]>;

    expect(Object.keys(keys)).toEqual([...METRICS.keys()]);
    expect(Object.keys(options)).toEqual([...METRICS.keys()]);
    expect(keys['mem']?.[0]).toEqual({
      ...{ key: 'mem_total', value: 'mem__total', sort_key: 'mem_total' },
    });
    expect(options['cpu']?.[0]).toMatchObject({
      ...{ KeyName: 'per_cpu', Default: 'true', ChooseOptions: ['true', 'false'] },
    });
  });
});

describe('samples', () => {
  it('are there for parsers and transforms', async () => {
    expect(await get('parser/samplelogs')).toMatchObject({ json: expect.stringContaining('{') });
    const configs = (await get('transformer/sampleconfigs')) as Record<string, string>;

    expect(JSON.parse(configs['rename'] ?? '')).toEqual({
      ...{ type: 'rename', key: 'old_name', new: 'new_name' },
    });
  });
});
