import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PATIENT, ProgramCopy, STUBBORN } from './support/program-copy.ts';

let program: ProgramCopy;
beforeEach(async () => {
  program = await ProgramCopy.create(PATIENT);
});
afterEach(() => program.remove());

/** Replaces what `serve` does. */
async function serving(body: string): Promise<void> {
  await program.remove();
  program = await ProgramCopy.create(body);
}

async function config(content: unknown): Promise<void> {
  await writeFile(join(program.dir, 'logkit.conf.json'), JSON.stringify(content));
}

describe('logkit-fleet', () => {
  it('says its version', async () => {
    const manifest: { readonly version: string } = JSON.parse(
      readFileSync(join(program.dir, 'package.json'), 'utf8'),
    );
    expect(await program.start(['--version']).ended).toEqual({
      code: 0,
      signal: null,
      stdout: `${manifest.version}\n`,
      stderr: '',
    });
  });

  it('explains itself', async () => {
    const { code, stdout } = await program.start(['--help']).ended;

    expect(code).toBe(0);
    for (const command of ['serve', 'check', 'schema']) expect(stdout).toContain(command);
  });

  it('prints the JSON Schema of the configuration', async () => {
    const { code, stdout } = await program.start(['schema']).ended;

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ required: ['confs_path'] });
  });

  it.each([
    { args: ['frobnicate'], says: 'unknown command or argument "frobnicate"; see --help' },
    { args: ['serve', 'extra'], says: 'unknown command or argument "extra"; see --help' },
    { args: ['--frobnicate'], says: "unknown option '--frobnicate'" },
    { args: ['check', '--fiel', 'x'], says: "unknown option '--fiel'" },
    { args: ['check', '-f'], says: "option '-f, --file <file>' argument missing" },
  ])('refuses $args in one line', async ({ args, says }) => {
    expect(await program.start(args).ended).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr: `logkit-fleet: ${says}\n`,
    });
  });

  it.each([
    { args: ['check'] },
    { args: ['serve'] },
    { args: [] },
    { args: ['-f', 'logkit.conf.json'] },
  ])('ends $args with 2 and one line for a bad configuration', async ({ args }) => {
    await config({ confs_path: [], cluster: { is_master: 'yes' } });

    expect(await program.start(args).ended).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr: 'logkit.conf.json: cluster.is_master: "yes" is not a boolean; write true or false\n',
    });
  });

  it('checks a configuration and shows its warnings', async () => {
    await config({ confs_path: [], bind_hots: '' });

    expect(await program.start(['check']).ended).toEqual({
      code: 0,
      signal: null,
      stdout: 'logkit.conf.json: ok\n',
      stderr:
        'warning: logkit.conf.json: bind_hots: is not a known key and has no effect; did you mean bind_host?\n',
    });
  });
});

describe('logkit-fleet serve', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const)(
    'stops on %s and ends with 0',
    async (signal) => {
      const run = program.start();
      await run.ready();

      run.kill(signal);

      expect(await run.ended).toMatchObject({
        code: 0,
        signal: null,
        stdout: expect.stringContaining('stopped'),
        stderr: '',
      });
    },
  );

  it('ends at once with 1 on a second signal', async () => {
    await serving(STUBBORN);
    const run = program.start();
    await run.ready();

    run.kill('SIGINT');
    await run.stopped();
    run.kill('SIGTERM');

    expect(await run.ended).toMatchObject({ code: 1, signal: null });
  });

  it.each([
    {
      body: "throw new AppError('conflict', 'port 3000 is taken', { details: { exit: 2 } });",
      code: 2,
      stderr: 'port 3000 is taken\n',
    },
    {
      body: "throw new AppError('unavailable', 'the store is gone', { cause: new Error('disk full') });",
      code: 1,
      stderr: 'logkit-fleet failed: the store is gone: disk full\n',
    },
    {
      body: `const gone = new Error('store failed', { cause: new Error('disk full') });
             throw new AggregateError([gone, new Error('no\\nway')], 'an actor failed');`,
      code: 1,
      stderr: 'logkit-fleet failed: an actor failed: store failed: disk full: no way\n',
    },
    {
      body: "setTimeout(() => { throw new Error('out of the blue'); }); await once(signal, 'abort');",
      code: 1,
      stderr: 'logkit-fleet failed: out of the blue\n',
    },
    {
      body: "void Promise.reject(new Error('forgotten')); await once(signal, 'abort');",
      code: 1,
      stderr: 'logkit-fleet failed: forgotten\n',
    },
  ])('ends with $code and one line: $stderr', async ({ body, code, stderr }) => {
    await serving(body);
    expect(await program.start().ended).toMatchObject({ code, stderr });
  });

  it('shows no warning of what Node calls experimental, and others', async () => {
    await serving(
      `process.emitWarning('new', 'ExperimentalWarning'); process.emitWarning('mind this');
       await new Promise((resolve) => setImmediate(resolve));`,
    );
    const { code, stderr } = await program.start().ended;

    expect(code).toBe(0);
    expect(stderr).toContain('Warning: mind this');
    expect(stderr).not.toContain('ExperimentalWarning');
  });
});
