import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { variableOf } from './env-overrides.ts';
import { configKeys, mainConfigJsonSchema } from './main-config-keys.ts';
import { mainConfigTable } from './main-config-table.ts';

const keys = configKeys(mainConfigJsonSchema());

describe('the main configuration', () => {
  it.each(keys.map(({ path, schema }) => ({ key: path.join('.'), schema })))(
    'describes $key and says its default',
    ({ key, schema }) => {
      expect(schema.description).toMatch(/^.+\.$/);
      expect('default' in schema).toBe(key !== 'confs_path');
    },
  );

  it('has one environment variable a key', () => {
    const variables = new Set(keys.map(variableOf));

    expect(variables.size).toBe(keys.length);
    expect(variables).toContain('LOGKIT_BIND_HOST');
    expect(variables).toContain('LOGKIT_CLUSTER_TIMEOUT_MS_WRITE');
  });

  it('has the schema that lies beside the configuration file', () => {
    const file = new URL('../../logkit.conf.schema.json', import.meta.url);
    const committed: unknown = JSON.parse(readFileSync(file, 'utf8'));

    expect(mainConfigJsonSchema(), 'run: logkit-fleet schema > logkit.conf.schema.json').toEqual(
      committed,
    );
  });

  it('tells editors what is a mistake, what is needed and what is a secret', () => {
    expect(mainConfigJsonSchema()).toMatchObject({
      required: ['confs_path'],
      additionalProperties: false,
      properties: {
        $schema: { type: 'string' },
        debug_level: { type: 'integer', minimum: 0, maximum: 4 },
        auth: { properties: { token: { writeOnly: true } } },
        cluster: {
          additionalProperties: false,
          properties: { timeout_ms: { type: ['object', 'integer'] } },
        },
      },
    });
  });

  it('makes a table for the README', () => {
    const lines = mainConfigTable().split('\n');

    expect(lines.slice(0, 2)).toEqual(['| key | default | meaning |', '| --- | --- | --- |']);
    expect(lines).toHaveLength(keys.length + 2);
    expect(lines).toContainEqual(expect.stringMatching(/^\| `confs_path` \| \*\*required\*\* \| /));
    expect(lines).toContain(
      '| `cluster.heartbeat_ms` | `15000` | How often the agent sends its heartbeat, in ms. |',
    );
  });
});
