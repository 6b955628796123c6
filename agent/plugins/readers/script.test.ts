import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RunnerConfig } from '../../../shared/domain/runner-config.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { Pulled } from '../../../test/support/pulled.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { buildPipeline } from '../../runner/pipeline.ts';
import { CATALOG } from '../catalog.ts';
import { scriptReader } from './script.ts';

let dir = '';
let reading: Pulled | null = null;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'script-'));
});
afterEach(() => reading?.stop());
afterAll(() => rm(dir, { recursive: true }));

describe('the script reader', () => {
  it('hands out what a script writes as one record, in its line breaks', async () => {
    const path = await script('echo one; echo two');
    const batch = await started({ log_path: path }).next();

    expect(batch.bytes.toString()).toBe('one\ntwo\n');
    expect(batch).toMatchObject({ lines: 1, origin: path });
    expect([...(batch.ends ?? [])]).toEqual([8]);
  });

  it('hands out each line as one, when that is wanted', async () => {
    const batch = await started(shell('echo one; printf two', { script_output: 'lines' })).next();

    expect(batch.bytes.toString()).toBe('one\ntwo\n');
    expect(batch).toMatchObject({ lines: 2, ends: null });
  });

  it('hands out a record of how it went, when that is wanted', async () => {
    const options = shell('echo out; echo err >&2; exit 3', { script_output: 'json' });
    const record: unknown = JSON.parse(await started(options).nextText());

    expect(record).toMatchObject({
      ...{ exit_code: 3, output: 'out\n', stderr: 'err\n', stopped_for: null },
    });
    expect(reading?.reader.trouble()).toBe('the script ended with exit code 3: err');
  });

  it('tells an exit code in the status, and passes on what was written before', async () => {
    expect(await started(shell('echo out; exit 3')).nextText()).toBe('out\n');
    expect(reading?.reader.trouble()).toBe('the script ended with exit code 3');
  });

  it('runs again and again in a loop, and knows each batch by another range', async () => {
    const pulled = started(shell('echo tick', { script_cron: 'loop 10ms' }));
    const batches = [await pulled.next(), await pulled.next(), await pulled.next()];

    expect(batches.map(({ range }) => [range.start, range.end])).toEqual([
      ...[
        [0, 5],
        [5, 10],
        [10, 15],
      ],
    ]);
  });

  it('goes on behind what was handed out before the process ended', async () => {
    const positions = new Map([['script', { offset: 100 }]]);
    const sealed = new Map([['script', { generation: 0, start: 100, end: 160 }]]);
    reading = new Pulled(scriptReader, shell('echo x'), { positions, sealed });

    expect((await reading.next()).range.start).toBe(160);
  });

  it('ends a script that takes too long, with all that it has started', async () => {
    const path = join(dir, 'alive');
    const endless = `(while :; do touch ${path}; sleep 0.01; done) & wait`;
    const pulled = started(shell(endless, { script_timeout: '300ms', script_cron: 'loop 1h' }));
    const pending = pulled.next().catch(() => null);

    const trouble = await waitFor('trouble', () => pulled.reader.trouble());
    expect(trouble).toBe('the script was ended after 300 ms (script_timeout)');
    await rm(path, { force: true });
    await expect(waitFor('a sign of life', () => fileExists(path), 200)).rejects.toThrow();
    await pulled.stop();
    await pending;
  });

  it('ends a script that writes without end', async () => {
    const pulled = started(
      shell('yes', { script_output_max: '1000', script_cron: 'loop 1h', script_output: 'lines' }),
    );
    const pending = pulled.next().catch(() => null);

    const trouble = await waitFor('trouble', () => pulled.reader.trouble());
    expect(trouble).toMatch('wrote more than 1000 bytes');
    await pulled.stop();
    await pending;
  });

  it('says that an interpreter is not there', async () => {
    const pulled = started({ script_exec_interprepter: '/no/such/shell', script_cron: 'loop 1h' });
    const pending = pulled.next().catch(() => null);

    expect(await waitFor('trouble', () => pulled.reader.trouble())).toMatch('ENOENT');
    await pulled.stop();
    await pending;
  });

  it('ends the script when the runner stops', async () => {
    const path = join(dir, 'started');
    const pulled = started(shell(`touch ${path}; sleep 1000`, { script_timeout: '10m' }));
    const pending = pulled.next().catch(() => 'ended');

    await waitFor('the script', () => fileExists(path));
    await pulled.stop();
    expect(await pending).toBe('ended');
  });

  it('splits parameters by spaces or by what is given', async () => {
    const print = { script_exec_interprepter: '/usr/bin/printf', script_output: 'lines' };
    const spaced = new Pulled(scriptReader, { ...print, script_params: '[%s] a  b' });
    expect(await spaced.nextText()).toBe('[a][b]\n');
    await spaced.stop();

    const parted = { ...print, script_params: '[%s];a b', script_params_spliter: ';' };
    expect(await started({ ...parted, script_content: 'c' }).nextText()).toBe('[a b][c]\n');
  });

  it.each([
    {
      options: { script_timeout: '11m' },
      why: 'script_timeout: must be more than "0s", and at most',
    },
    { options: { script_cron: 'often' }, why: 'script_cron: "often" says no times' },
    { options: { script_output: 'xml' }, why: 'script_output: must be "text", "lines" or "json"' },
  ])('refuses $options', ({ options, why }) => {
    expect(() => scriptReader.configure(options)).toThrow(why);
  });

  it('is only for machines whose policy allows programs', async () => {
    const config = RunnerConfig.parse({
      ...{ name: 'r1', reader: { mode: 'script', log_path: '/x' } },
      senders: [{ sender_type: 'discard' }],
    });
    const build = (mayStartPrograms: boolean | undefined) =>
      buildPipeline(config, {
        catalog: CATALOG,
        policy: {
          ...{ readPaths: [], writePaths: [], senders: [] },
          ...{ protectedPaths: [], protectedPatterns: [] },
          ...(mayStartPrograms === undefined ? {} : { mayStartPrograms }),
        },
        context: pluginContext(),
        mustExist: false,
      });

    await expect(build(undefined)).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(build(false)).rejects.toThrow('set policy.script to true');
    await expect(build(true)).resolves.toBeDefined();
  });
});

function started(options: Readonly<Record<string, string>>): Pulled {
  reading = new Pulled(scriptReader, options);
  return reading;
}

function shell(content: string, options: Readonly<Record<string, string>> = {}) {
  return { script_params: '-c', script_content: content, ...options };
}

async function script(content: string): Promise<string> {
  const path = join(dir, 'script.sh');
  await writeFile(path, `${content}\n`);
  return path;
}

async function fileExists(path: string): Promise<boolean> {
  const { access } = await import('node:fs/promises');
  return access(path).then(
    () => true,
    () => false,
  );
}
