import { existsSync } from 'node:fs';
import { rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PATIENT, ProgramCopy, type Running, STUBBORN } from './support/program-copy.ts';
import { waitFor } from './support/wait-for.ts';

/** Makes the launcher's own process, and none that it starts, look like an old Node. */
const OLD_NODE = `if (!process.env.LOGKIT_LAUNCHED) {
  Object.defineProperty(process, 'version', { value: 'v20.1.0' });
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });
}`;

describe('the launcher on an old Node', () => {
  let program: ProgramCopy;

  async function started(serveBody: string, args: readonly string[] = []): Promise<Running> {
    program = await ProgramCopy.create(serveBody);
    return startedAgain(args);
  }

  async function startedAgain(args: readonly string[] = []): Promise<Running> {
    const preload = join(program.dir, 'old-node.cjs');
    await writeFile(preload, OLD_NODE);
    return program.start(args, `--require=${preload}`);
  }

  afterEach(() => program.remove());

  it('goes on with the Node that npm brought', async () => {
    const run = await started(PATIENT);

    expect(await run.ready()).not.toBe(run.pid);
    run.kill('SIGTERM');
    expect(await run.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  it('passes the arguments on and ends as the program does', async () => {
    const run = await started(PATIENT, ['serve', '-f', 'absent file.json']);

    expect(await run.ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^absent file\.json: cannot be read: .*\n$/),
    });
  });

  it('tells nobody else that the program was launched', async () => {
    const run = await started(
      "print('launched: ' + (env.LOGKIT_LAUNCHED ?? process.env.LOGKIT_LAUNCHED));",
    );

    expect(await run.ended).toMatchObject({ code: 0, stdout: 'launched: undefined\n' });
  });

  it('ends by the signal that ended the program', async () => {
    const run = await started("process.kill(process.pid, 'SIGKILL');");

    expect(await run.ended).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)('passes %s on', async (signal) => {
    const run = await started(PATIENT);
    await run.ready();

    run.kill(signal);

    expect(await run.ended).toMatchObject({ code: 0, signal: null });
  });

  it('takes a signal that reaches both processes for one', async () => {
    const run = await started(`const told = once(process, 'SIGUSR2');
      ${PATIENT}
      const cleaning = setInterval(() => undefined, 1_000);
      await told;
      print('cleaned up');`);
    const child = await run.ready();

    run.kill('SIGINT');
    process.kill(child, 'SIGINT');
    await run.stopped();
    process.kill(child, 'SIGUSR2');

    expect(await run.ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('cleaned up'),
    });
  });

  it('ends a program that will not stop at the second signal', async () => {
    const run = await started(STUBBORN);
    await run.ready();

    run.kill('SIGTERM');
    await run.stopped();
    run.kill('SIGTERM');

    expect(await run.ended).toMatchObject({ code: 1 });
  });

  it('leaves no program behind when it is killed', async () => {
    const run = await started(PATIENT);
    const child = await run.ready();

    run.kill('SIGKILL');

    await run.stopped();
    await waitFor('the end of the program', () => !isAlive(child));
  });

  it('says what is missing when npm brought no Node', async () => {
    program = await ProgramCopy.create(PATIENT);
    await unlink(join(program.dir, 'node_modules'));
    const run = await startedAgain();

    expect(await run.ended).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr: expect.stringMatching(
        /^logkit-fleet needs Node 24 or newer; this is v20\.1\.0, and .*npm install.*\n$/,
      ),
    });
  });
});

describe('the launcher', () => {
  let program: ProgramCopy;
  beforeEach(async () => {
    program = await ProgramCopy.create(PATIENT);
  });
  afterEach(() => program.remove());

  it('runs the program in its own process when Node is new enough', async () => {
    const run = program.start();

    expect(await run.ready()).toBe(run.pid);
  });

  it('says when the program is not there', async () => {
    await rm(join(program.dir, 'main.ts'));
    expect(existsSync(join(program.dir, 'dist'))).toBe(false);

    expect(await program.start().ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^logkit-fleet is incomplete: .*main\.js is missing/),
    });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
