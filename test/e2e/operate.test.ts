import { appendFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteCheckpointStore } from '../../shared/stores/sqlite-checkpoint-store.ts';
import { runCommand } from '../support/command.ts';
import { FleetProcess, freePort } from '../support/fleet-process.ts';
import { linesIn, numberedLines, rawRunner } from '../support/lines.ts';
import { waitFor } from '../support/wait-for.ts';

/** Bytes of a numbered line. */
const LINE = 14;

/** An agent whose first 100 lines have arrived. */
async function startAgent() {
  const fleet = await FleetProcess.prepare({
    bind_host: `127.0.0.1:${await freePort()}`,
    auth: { token: 'operator' },
  });
  const [source, sink] = [join(fleet.dir, 'app.log'), join(fleet.dir, 'out.txt')];
  await writeFile(source, numberedLines(0, 100));
  await writeFile(join(fleet.dir, 'confs', 'r1.conf'), JSON.stringify(rawRunner(source, sink)));
  await fleet.run();
  const waitForLines = (count: number) =>
    waitFor(`${count} lines`, async () => (await linesIn(sink)).length >= count);
  await waitForLines(100);
  const run = (...args: readonly string[]) => runCommand(fleet, args);
  return { fleet, source, sink, waitForLines, run };
}

type Agent = Awaited<ReturnType<typeof startAgent>>;

describe('an operator', () => {
  let agent: Agent;

  beforeAll(async () => {
    agent = await startAgent();
  });

  afterAll(() => agent.fleet.remove());

  it('is told in one line why something cannot be done', async () => {
    const { source, run } = agent;
    const answers = await Promise.all([
      run('positions', 'r1', 'set', 'app.log', '9999'),
      run('positions', 'r1', 'move'),
      run('deadletters', 'r1', 'drop'),
      run('ledger', 'nosuch'),
      run('restore', 'nosuch.db'),
      run('verify', 'nosuch'),
    ]);

    expect(answers.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual([
      `1 logkit-fleet: offset 9999 is behind the end of ${source} (1400 bytes)\n`,
      '2 logkit-fleet: write: set <path> <offset>, or move <time|oldest|newest>\n',
      '2 logkit-fleet: name the ids of the dead letters to drop, or --all\n',
      '1 logkit-fleet: runner nosuch not found\n',
      expect.stringMatching(/^1 .* is in use by process .*restored while the agent is stopped\n$/),
      '2 logkit-fleet: there is no runner "nosuch"; there are: r1\n',
    ]);
  });

  it('backs up a running agent and restores it when it is stopped', async () => {
    const { fleet, source, sink, waitForLines, run } = agent;
    const copy = join(fleet.dir, 'copy.db');
    await waitFor('the backup of all', async () =>
      (await run('positions', 'r1')).stdout.includes('1400'),
    );
    expect((await run('backup', copy)).code).toBe(0);
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    expect(await run('backup', copy)).toMatchObject({ code: 1 });

    await appendFile(source, numberedLines(100, 150));
    await waitForLines(150);
    await fleet.end();
    const { code, stdout } = await run('restore', copy);
    expect(code).toBe(0);
    const kept = await readdir(join(fleet.dir, 'data', 'logkit'));
    expect(kept.some((name) => stdout.includes(name) && /T\d\d-/.test(name))).toBe(true);

    // What was written since is cut off and written again.
    await fleet.run();
    await waitFor('the lines again', async () => (await linesIn(sink)).length === 150);
    expect(await linesIn(sink)).toEqual(await linesIn(source));
  });

  it('proves an agent that is stopped, and finds out what is wrong', async () => {
    const { fleet, run } = agent;
    await fleet.end();
    expect(await run('verify', 'r1')).toMatchObject({ code: 0, stderr: '' });

    const path = join(fleet.dir, 'data', 'logkit', 'checkpoints.db');
    const store = await openSqliteCheckpointStore({ path });
    const read = { senders: ['gone'], units: 5, bytes: 70 };
    await store.commit({ runner: 'r1', sinks: [], totals: null, read });
    await store.close();
    const { code, stdout } = await run('verify', 'r1', '--sender', 'gone');

    expect(code).toBe(1);
    expect(stdout).toContain('UNEVEN: read 5 units, but 0 are accounted for');
    expect(JSON.parse((await run('verify', 'r1', '--json')).stdout)).toMatchObject({
      runner: 'r1',
      isProven: false,
    });
  });

  it('shows and moves the positions of a running agent', async () => {
    const { fleet, source, sink, waitForLines, run } = await startAgent();
    onTestFinished(() => fleet.remove());
    await waitFor('the position', async () => {
      const shown = await run('positions', 'r1');
      return shown.stdout.includes('1400  1400       0');
    });

    const moved = await run('positions', 'r1', 'set', 'app.log', String(98 * LINE - 5));
    expect(moved).toEqual({
      code: 0,
      stdout: `${source}: from 1400 to ${98 * LINE}, where the next line starts\n`,
      stderr: '',
    });
    await waitForLines(102);
    expect((await linesIn(sink)).slice(100)).toEqual(['line 00000098', 'line 00000099']);
  });

  it('has lines parsed again, once the parser is mended, also after a restart', async () => {
    const { fleet, run } = await startAgent();
    onTestFinished(() => fleet.remove());
    const [source, sink] = [join(fleet.dir, 'odd.log'), join(fleet.dir, 'odd.out')];
    await writeFile(source, 'n=1\nm=2\n');
    const configure = (patterns: string) =>
      writeFile(
        join(fleet.dir, 'confs', 'odd.conf'),
        JSON.stringify({
          reader: { mode: 'file', log_path: source, read_from: 'oldest' },
          parser: { type: 'grok', errdata_to: 'dead_letters', grok_patterns: patterns },
          senders: [{ sender_type: 'file', file_send_path: sink }],
        }),
      );
    await configure('n=%{INT:n:long}');
    await waitFor('the dead letter', async () =>
      (await run('deadletters', 'odd')).stdout.includes('"m=2"'),
    );

    await fleet.end();
    await configure('n=%{INT:n:long},m=%{INT:m:long}');
    await fleet.run();
    await waitFor('the replay', async () => {
      const { stdout } = await run('deadletters', 'odd', 'replay');
      return stdout.startsWith('1 dead letters were sent, 0 were refused again');
    });

    expect(await linesIn(sink)).toEqual(['{"n":1}', '{"m":2}']);
    expect((await run('ledger', 'odd', '--json')).stdout).toMatch(/"delivered": ?2/);
    expect((await run('verify', 'odd')).stdout).not.toContain('UNEVEN');
  });
});
