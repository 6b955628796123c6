import { describe, expect, it } from 'vitest';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { batchOf, pluginContext } from '../../test/support/plugin-context.ts';
import { jsonParser } from '../plugins/parsers/json.ts';
import { enrichment } from './enrich.ts';
import { process } from './process.ts';

const HOST = { hostname: 'h', core: '2', osinfo: 'linux', localip: '10.0.0.1' };

function enriched(text: string, config: object): unknown {
  const enrich = enrichment(RunnerConfig.parse(config), { env: {}, host: HOST });
  const parser = jsonParser.configure({}).open(pluginContext());
  const stages = { parser, enrich, transforms: [], wanted: 'objects' as const };
  return process(batchOf(text, 's'), stages, 0).records.objects();
}

describe('enrichment', () => {
  it('puts the id of each record under record_id_key, whatever the record has there', () => {
    expect(enriched('{"id":"mine"}\n[{"a":1},{}]\n', { record_id_key: 'id' })).toEqual([
      { id: 's:0:0' },
      { a: 1, id: 's:0:14:0' },
      { id: 's:0:14:1' },
    ]);
  });

  it('leaves alone what a record has under the other names', () => {
    const config = { read_time: true, reader: { datasource_tag: 'from' } };

    expect(enriched('{"from":"me"}\n{}\n', config)).toEqual([
      { from: 'me', lst: '1970-01-01T00:00:00.000Z' },
      { from: '/var/log/app.log', lst: '1970-01-01T00:00:00.000Z' },
    ]);
  });

  it.each([{ config: {} }, { config: { record_id_key: '' } }])(
    'is none with $config',
    ({ config }) => {
      expect(enrichment(RunnerConfig.parse(config), { env: {}, host: HOST })).toBeNull();
    },
  );

  it('refuses a name that is no name of a field', () => {
    expect(() => RunnerConfig.parse({ record_id_key: '__proto__' })).toThrow('__proto__');
  });
});
