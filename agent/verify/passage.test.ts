import { describe, expect, it } from 'vitest';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { passageOf } from './passage.ts';

const RAW = { sender_type: 'file', file_write_raw: 'true' };
const JSON_LINES = { sender_type: 'file' };

function passage(config: object, sender: Readonly<Record<string, string>>) {
  const parsed = RunnerConfig.parse({ name: 'r', parser: { type: 'raw' }, ...config });
  return passageOf(parsed, sender);
}

describe('what a file sender writes', () => {
  it.each([
    { config: {}, sender: RAW, kind: 'content' },
    { config: { parser: { type: 'json' } }, sender: JSON_LINES, kind: 'content' },
    { config: { record_id_key: 'id' }, sender: JSON_LINES, kind: 'ids' },
    { config: { record_id_key: 'id' }, sender: RAW, kind: 'content' },
  ])('is compared by $kind with $config', ({ config, sender, kind }) => {
    expect(passage(config, sender).kind).toBe(kind);
  });

  it.each([
    { parser: {}, keys: ['{"pandora_stash":"oh no"}'] },
    { parser: { errdata_field: 'bad' }, keys: ['{"bad":"oh no"}'] },
    { parser: { errdata_to: 'record' }, keys: ['{"pandora_stash":"oh no"}'] },
    { parser: { errdata_to: 'dead_letters' }, keys: [] },
    { parser: { errdata_to: 'drop' }, keys: [] },
    { parser: { disable_record_errdata: 'true' }, keys: [] },
  ])('is $keys of a line that does not parse with $parser', ({ parser, keys }) => {
    const found = passage({ parser: { type: 'json', ...parser } }, JSON_LINES);

    expect('keys' in found && found.keys(Buffer.from('oh no')).map(String)).toEqual(keys);
  });

  it.each([
    { config: {}, sender: JSON_LINES, why: 'the records are not what was read' },
    {
      config: { parser: { type: 'json' }, extra_info: true },
      sender: JSON_LINES,
      why: 'the records',
    },
    { config: { transforms: [{ type: 'discard' }] }, sender: RAW, why: 'transforms change' },
    { config: { reader: { head_pattern: '^x' } }, sender: RAW, why: 'the reader changes, joins' },
    { config: { router: { router_key_name: 'k' } }, sender: RAW, why: 'the router' },
    { config: {}, sender: { ...RAW, file_gzip: 'true' }, why: 'it packs each batch' },
    { config: {}, sender: { ...JSON_LINES, file_format: 'array' }, why: 'it writes JSON arrays' },
  ])('cannot be compared with $config: $why', ({ config, sender, why }) => {
    expect(passage(config, sender)).toMatchObject({
      kind: 'none',
      why: expect.stringContaining(why) as unknown,
    });
  });
});
