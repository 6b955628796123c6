import { describe, expect, it } from 'vitest';
import { REDACTED } from '../../shared/domain/redaction.ts';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { hasRedacted, toWireConfig, withSecretsOf } from './wire-config.ts';

const STORED = RunnerConfig.parse({
  name: 'r1',
  batch_len: 2,
  createtime: '2026-11-20T20:22:01.416Z',
  reader: { mode: 'file', log_path: '/srv/app.log', read_from: 'oldest' },
  parser: { type: 'json' },
  transforms: [{ type: 'rename', key: 'b', new_key_name: 'bb' }],
  senders: [
    { sender_type: 'http', http_sender_url: 'http://me:pw@sink/x', api_token: 't0p' },
    { sender_type: 'http', http_sender_url: 'http://sink/x', api_token: '$' + '{env:TOKEN}' },
  ],
});

describe('toWireConfig', () => {
  it('shows what the original shows, in its order, and no secret', () => {
    const wire = toWireConfig(STORED, true);

    expect(Object.keys(wire)).toEqual([
      ...['name', 'batch_len', 'errors_list_cap', 'createtime', 'extra_info', 'log_audit'],
      ...['send_raw', 'read_time', 'internal_key_prefix', 'max_line_len', 'is_block', 'meta_dir'],
      ...['reader', 'parser', 'transforms', 'senders', 'router', 'web_folder'],
    ]);
    expect(wire).toMatchObject({
      reader: { mode: 'file', log_path: '/srv/app.log', name: 'r1', runner_name: 'r1' },
      senders: [
        { http_sender_url: `http://me:${REDACTED}@sink/x`, api_token: REDACTED },
        { api_token: '$' + '{env:TOKEN}', runner_name: 'r1' },
      ],
      web_folder: true,
    });
    expect(JSON.stringify(wire)).not.toMatch(/t0p|pw/);
  });

  it('says is_stopped only of a stopped runner', () => {
    expect(toWireConfig(STORED, true)).not.toHaveProperty('is_stopped');
    expect(toWireConfig({ ...STORED, is_stopped: true }, true)).toHaveProperty('is_stopped', true);
  });
});

describe('withSecretsOf', () => {
  it('lets what was read be sent back without losing the secrets', () => {
    const change = RunnerConfig.parse({ ...toWireConfig(STORED, true), batch_len: 7 });

    const merged = withSecretsOf(change, STORED);

    expect(merged.batch_len).toBe(7);
    expect(merged.senders?.[0]).toMatchObject({
      http_sender_url: 'http://me:pw@sink/x',
      api_token: 't0p',
    });
    expect(hasRedacted(merged)).toBe(false);
  });

  it('leaves a marker that means nothing, for the caller to refuse', () => {
    const change = RunnerConfig.parse({ senders: [{ sender_type: 'http', api_token: REDACTED }] });

    expect(hasRedacted(withSecretsOf(change, RunnerConfig.parse({})))).toBe(true);
  });
});
