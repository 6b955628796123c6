import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../shared/kernel/errors.ts';
import { configTestCommand } from './config-test-command.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/config-tests/access-csv.tests.jsonc');

interface Ended {
  readonly code: number | null;
  readonly printed: string;
  readonly problem: string;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(file: string, json?: true): Promise<Ended> {
  let ended: Ended = { code: null, printed: '', problem: '' };
  const refuse = (): never => {
    throw new AppError('internal', 'not asked for');
  };
  await configTestCommand(file, json === undefined ? {} : { json }, {
    ...{
      loadConfig: refuse,
      note: refuse,
      isTerminal: false,
      version: '1',
      env: { TAGS: '{"t":1}' },
    },
    print: (text) => {
      ended = { ...ended, printed: ended.printed + text };
    },
    exitWith: (code, problem = '') => {
      ended = { ...ended, code, problem };
    },
  });
  return ended;
}

async function written(content: unknown): Promise<string> {
  const path = join(folder, 'tests.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('config test', () => {
  it('runs the tests beside a configuration', async () => {
    const { code, printed } = await run(EXAMPLE);

    expect(printed).toMatch(/^ok {3}a line becomes a record.*\n.*\n\n2 tests, all passed\n$/);
    expect(code).toBe(0);
  });

  it('shows what came instead, digit by digit, and exits 1', async () => {
    const path = await written(
      '{"runner":{"parser":{"type":"json"}},"tests":[{"name":"big","input":["{\\"b\\":1,\\"a\\":90071992547409931}"],"expect":[{"a":90071992547409932,"b":1}]},{"name":"more","input":["{}","{}"],"expect":[{}]}]}',
    );

    const { code, printed } = await run(path);

    expect(code).toBe(1);
    expect(printed.split('\n')).toEqual([
      'FAIL big',
      '       record 1: expected {"a":90071992547409932,"b":1}',
      '       record 1: came     {"a":90071992547409931,"b":1}',
      'FAIL more',
      '       record 2: expected none',
      '       record 2: came     {}',
      '',
      '2 tests, 2 failed',
      '',
    ]);
  });

  it('holds the clock still, leaves fields out of the comparison, and takes the variables', async () => {
    const path = await written({
      runner: { parser: { type: 'raw' }, env_tag: 'TAGS', record_id_key: 'id' },
      now: '2026-05-06T07:08:09Z',
      tests: [
        {
          ...{ name: 'raw', input: ['a'], ignore: ['id'] },
          expect: [{ raw: 'a\n', timestamp: '2026-05-06T07:08:09.000Z', t: 1 }],
        },
      ],
    });

    expect(await run(path, true)).toMatchObject({
      code: 0,
      printed: expect.stringContaining('"isPassed": true'),
    });
  });

  it.each([
    { content: '{', says: 'tests.json' },
    { content: { tests: [] }, says: 'runner: must be the path of a configuration' },
    { content: { runner: {}, tests: [] }, says: 'tests: is empty; write at least one test' },
    { content: { runner: {}, tests: [], test: 1 }, says: 'Unrecognized key: "test"' },
    {
      content: {
        runner: { parser: { type: 'jsn' } },
        tests: [{ name: 'a', input: [], expect: [] }],
      },
      says: 'parser type unsupported: jsn',
    },
    {
      content: { runner: 'nosuch.conf', tests: [{ name: 'a', input: [], expect: [] }] },
      says: 'nosuch.conf',
    },
  ])('exits 2 and says what is wrong: $says', async ({ content, says }) => {
    const { code, problem } = await run(await written(content));

    expect(problem).toContain(says);
    expect(code).toBe(2);
  });
});
