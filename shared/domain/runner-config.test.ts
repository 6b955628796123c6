import { describe, expect, it } from 'vitest';
import { RunnerConfig, runnerKeyWarnings } from './runner-config.ts';

describe('RunnerConfig', () => {
  it('takes typed values inside reader, parser and senders as the strings they stand for', () => {
    const config = RunnerConfig.parse({
      reader: { log_path: '/a', batch: 4096, on: true, off: null, list: [1, 'a'] },
      senders: [{ sender_type: 'discard', rate: 0.5 }],
    });

    expect(config.reader).toEqual({ log_path: '/a', batch: '4096', on: 'true', list: '[1,"a"]' });
    expect(config.senders).toEqual([{ sender_type: 'discard', rate: '0.5' }]);
  });

  it('refuses a top-level number that is text, as the original does', () => {
    expect(RunnerConfig.safeParse({ batch_len: '5' }).success).toBe(false);
  });

  it('knows the defaults that the original shows, and leaves what is absent absent', () => {
    const config = RunnerConfig.parse({});

    expect(config).toMatchObject({ errors_list_cap: 0, extra_info: false, max_line_len: 0 });
    expect(config.router).toEqual({
      router_key_name: '',
      router_match_type: '',
      router_default_sender: 0,
      router_routes: {},
    });
    expect(config).not.toHaveProperty('batch_len');
  });
});

describe('runnerKeyWarnings', () => {
  it('names the key, and the known one that is near', () => {
    expect(runnerKeyWarnings({ batch_lenn: 1, name: 'r1', web_folder: true, qqq: 1 })).toEqual([
      '"batch_lenn" is no key of a runner and has no effect; is batch_len meant?',
      '"qqq" is no key of a runner and has no effect',
    ]);
  });
});
