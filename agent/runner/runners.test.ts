import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lostAndDoubled, numberedLines } from '../../test/support/lines.ts';
import { RunnersRig } from '../../test/support/runners-rig.ts';

const WHOLE = { lost: 0, doubled: 0, strange: 0 };
const CHANGES = ['start', 'stop', 'reset'] as const;
const FAILED = 'forkRunner r1 error NewRunner(r1) failed: ';

let rig: RunnersRig;

beforeEach(async () => {
  rig = await RunnersRig.create();
});

afterEach(() => rig.remove());

describe('add', () => {
  it('runs the runner and keeps it under the name of the URL, with the time', async () => {
    await rig.runners.add('r1', rig.config('other'));
    await rig.add('r2');
    await rig.waitForLines(100, 'r2');

    expect(rig.runners.view.names()).toEqual(['r1', 'r2']);
    expect(await rig.kept()).toMatchObject({
      name: 'r1',
      createtime: expect.stringMatching(/^20\d\d-.*Z$/),
    });
    expect(rig.runners.view.configs()).toEqual({
      [join(rig.restDir, 'r1.conf')]: rig.runners.view.config('r1'),
      [join(rig.restDir, 'r2.conf')]: rig.runners.view.config('r2'),
    });
  });

  it('adds a runner that is stopped, when asked for that', async () => {
    await rig.add('r1', { is_stopped: true });

    expect(rig.status()).toMatchObject({ runningStatus: 'stopped', readDataCount: 0 });
    expect(rig.runners.view.config('r1')).toHaveProperty('is_stopped', true);
    await rig.runners.start('r1');
    await rig.waitForLines(100);
    expect(rig.runners.view.config('r1')).not.toHaveProperty('is_stopped');
  });

  it('refuses a name that runs already, and one that is taken by what is stopped', async () => {
    await rig.add();
    await expect(rig.add()).rejects.toThrow(/^file r1 runner is running$/);
    await rig.runners.stop('r1');
    await expect(rig.add()).rejects.toThrow(/^forkRunner r1 error runner name "r1" already used$/);
  });

  it('lets one of two that add the same name win', async () => {
    const outcomes = await Promise.allSettled([
      rig.add('r1', { batch_len: 1 }),
      rig.add('r1', { batch_len: 2 }),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await rig.kept()).toMatchObject({ batch_len: 1 });
    expect(rig.runners.view.config('r1')).toMatchObject({ batch_len: 1 });
  });

  it.each<{ change: object; message: string }>([
    { change: { senders: undefined }, message: `${FAILED}r1 senders in config is nil` },
    { change: { reader: undefined }, message: `${FAILED}r1 reader in config is nil` },
    { change: { reader: { mode: 'zzz' } }, message: `${FAILED}reader type unsupported : zzz` },
    { change: { parser: { type: 'zzz' } }, message: `${FAILED}parser type unsupported: zzz` },
    {
      change: { transforms: [{ type: 'zzz' }] },
      message: `${FAILED}transformer type unsupported: zzz`,
    },
    {
      change: { senders: [{ sender_type: 'zzz' }] },
      message: `${FAILED}sender type unsupported : zzz`,
    },
    { change: { senders: [] }, message: `${FAILED}senders can not be nil` },
    {
      change: { reader: { mode: 'file', log_path: '/x/absent.log' } },
      message: `${FAILED}runner[r1] /x/absent.log - utils.GetRealPath failed, err:lstat /x/absent.log: no such file or directory`,
    },
  ])('leaves nothing behind when it refuses: $message', async ({ change, message }) => {
    await expect(rig.add('r1', change)).rejects.toThrow(message);

    expect(rig.runners.view.names()).toEqual([]);
    expect(await readdir(rig.dir)).not.toContain('rest');
  });

  it.each(['../x', 'a/b', '', '.hidden', 'a\0b'])('makes no path of the name %j', async (name) => {
    await expect(rig.add(name)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(rig.runners.remove(name, false)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(rig.runners.update(name, rig.config(), true)).rejects.toThrow('not found');
  });

  it('refuses two senders that write to one file', async () => {
    const sender = { sender_type: 'file', file_send_path: rig.sink() };
    await expect(rig.add('r1', { senders: [sender, sender] })).rejects.toThrow(
      `two senders write to ${rig.sink()}`,
    );
  });
});

describe('update', () => {
  it('goes on from where the old configuration was', async () => {
    await rig.add();
    await rig.waitForLines(100);
    await rig.runners.update('r1', rig.config('r1', { batch_len: 7 }), false);
    await appendFile(rig.source, numberedLines(100, 120));
    await rig.waitForLines(120);

    expect(lostAndDoubled(await rig.lines(), 120)).toEqual(WHOLE);
    expect(await rig.kept()).toMatchObject({ batch_len: 7 });
  });

  it('refuses what is not there', async () => {
    await expect(rig.runners.update('nosuch', rig.config('nosuch'), false)).rejects.toThrow(
      /^runner nosuch not found$/,
    );
  });

  it('leaves the old runner at work when it refuses', async () => {
    await rig.add();
    const before = await rig.kept();
    const path = join(rig.restDir, 'r1.conf');
    await expect(
      rig.runners.update('r1', rig.config('r1', { reader: undefined }), false),
    ).rejects.toThrow(`forkRunner ${path} error NewRunner(r1) failed: r1 reader in config is nil`);
    await appendFile(rig.source, numberedLines(100, 120));

    await rig.waitForLines(120);
    expect(await rig.kept()).toEqual(before);
    expect(rig.status()?.error).toBeUndefined();
  });

  it('starts what was stopped, unless it says is_stopped', async () => {
    await rig.add('r1', { is_stopped: true });
    await rig.runners.update('r1', rig.config('r1', { is_stopped: true, batch_len: 3 }), false);
    expect(rig.status()?.runningStatus).toBe('stopped');
    await rig.runners.update('r1', rig.config('r1'), false);

    await rig.waitForLines(100);
    expect(await rig.kept()).not.toHaveProperty('is_stopped');
  });
});

describe('stop, start, reset and delete', () => {
  it('say so when there is nothing to do', async () => {
    const path = join(rig.restDir, 'r1.conf');
    await rig.add();

    await expect(rig.runners.start('r1')).rejects.toThrow(`runner ${path} has already started`);
    await rig.runners.stop('r1');
    await expect(rig.runners.stop('r1')).rejects.toThrow(`runner ${path} has already stopped`);
    await rig.runners.remove('r1', false);
    await expect(rig.runners.remove('r1', false)).rejects.toThrow(`runner ${path} is not found`);
    for (const change of CHANGES) {
      await expect(rig.runners[change]('r1')).rejects.toThrow(/^runner r1 not found$/);
    }
  });

  it('stop a runner for good, over a restart, and start it where it was', async () => {
    await rig.add();
    await rig.waitForLines(100);
    await rig.runners.stop('r1');
    await appendFile(rig.source, numberedLines(100, 110));
    await rig.restart();
    expect(rig.status()).toMatchObject({ runningStatus: 'stopped', logpath: '', lag: { size: 0 } });
    expect(await rig.kept()).toMatchObject({ is_stopped: true });

    await rig.runners.start('r1');
    await rig.waitForLines(110);
    expect(lostAndDoubled(await rig.lines(), 110)).toEqual(WHOLE);
  });

  it('reset sends everything again and counts anew', async () => {
    await rig.add();
    await rig.waitForLines(100);
    await rm(rig.sink());
    await rig.runners.reset('r1');

    await rig.waitForLines(100);
  });

  it('reset of a stopped runner runs it, and keeps it as running', async () => {
    await rig.add('r1', { is_stopped: true });
    await rig.runners.reset('r1');
    await rig.waitForLines(100);
    await rig.restart();

    expect(rig.status()?.runningStatus).toBe('running');
    expect(await rig.kept()).not.toHaveProperty('is_stopped');
  });

  it('delete forgets the file and how far the runner came', async () => {
    await rig.add();
    await rig.waitForLines(100);
    await rig.runners.remove('r1', false);
    expect(await readdir(rig.restDir)).toEqual([]);
    expect(rig.runners.view.names()).toEqual([]);

    await rm(rig.sink());
    await rig.add();
    await rig.waitForLines(100);
  });

  it('delete ends the runner that has the name when its turn comes', async () => {
    await rig.add();
    await Promise.all([
      rig.runners.remove('r1', false),
      rig.add(),
      rig.runners.remove('r1', false),
    ]);
    const lines = (await rig.lines()).length;
    await appendFile(rig.source, numberedLines(100, 110));
    await rig.add('r2');
    await rig.waitForLines(110, 'r2');

    expect(rig.runners.view.names()).toEqual(['r2']);
    expect(await rig.lines()).toHaveLength(lines);
  });
});

describe('a disk that refuses', () => {
  it('keeps an add from happening', async () => {
    await writeFile(rig.restDir, 'no folder');

    await expect(rig.add()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(rig.runners.view.names()).toEqual([]);
  });

  it.each<{ name: string; change: (rig: RunnersRig) => Promise<void> }>([
    { name: 'stop', change: ({ runners }) => runners.stop('r1') },
    { name: 'reset', change: ({ runners }) => runners.reset('r1') },
    { name: 'update', change: (at) => at.runners.update('r1', at.config('r1'), false) },
  ])('changes nothing about the runner that it cannot $name', async ({ change }) => {
    await rig.add('r1', { batch_len: 9 });
    await rig.waitForLines(100);
    await rm(rig.restDir, { recursive: true });
    await writeFile(rig.restDir, 'no folder');

    await expect(change(rig)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(rig.runners.view.config('r1')).toMatchObject({ batch_len: 9 });
    await appendFile(rig.source, numberedLines(100, 110));
    await rig.waitForLines(110);
    expect(lostAndDoubled(await rig.lines(), 110)).toEqual(WHOLE);
  });
});

describe('a file in rest_dir that cannot be used', () => {
  const BROKEN = '{ "reader": ';

  beforeEach(async () => {
    await rig.add('good');
    await writeFile(join(rig.restDir, 'bad.conf'), BROKEN);
    await rig.restart();
  });

  it('is shown with what is wrong, and keeps no other from running', async () => {
    await rig.waitForLines(100, 'good');

    expect(rig.status('bad')).toMatchObject({
      runningStatus: 'stopped',
      error: expect.stringContaining(join(rig.restDir, 'bad.conf')),
    });
  });

  it('is not overwritten by a stop, a start or a reset', async () => {
    for (const change of CHANGES) {
      await expect(rig.runners[change]('bad')).rejects.toThrow(
        `runner bad has no usable configuration: mend or delete ${join(rig.restDir, 'bad.conf')}`,
      );
    }

    expect(await readFile(join(rig.restDir, 'bad.conf'), 'utf8')).toBe(BROKEN);
  });

  it('can be replaced by an update, and deleted', async () => {
    await rig.runners.update('bad', rig.config('bad'), false);
    await rig.waitForLines(100, 'bad');
    expect(rig.status('bad')?.error).toBeUndefined();
    await rig.runners.stop('bad');
    await rig.runners.remove('bad', false);

    expect(await readdir(rig.restDir)).toEqual(['good.conf']);
  });
});

describe('a runner that cannot start with the process', () => {
  it('is shown with what is wrong, and starts when that is mended', async () => {
    await rig.add();
    await writeFile(
      join(rig.restDir, 'r1.conf'),
      JSON.stringify({ ...rig.config(), senders: [{ sender_type: 'gone' }] }),
    );
    await rig.restart();
    expect(rig.status()?.error).toContain('sender type unsupported : gone');
    expect(rig.logged.map(({ msg }) => msg)).toContain('runner cannot start');

    await rig.runners.update('r1', rig.config(), false);
    await rig.waitForLines(100);
    expect(rig.status()?.error).toBeUndefined();
  });
});

describe('stopAll', () => {
  it('ends every runner, and refuses what is asked for afterwards', async () => {
    await Promise.all([rig.add('r1'), rig.add('r2')]);
    const late = rig.add('r3').catch((error: unknown) => error);
    await rig.runners.stopAll(1_000);
    await late;

    expect(Object.values(rig.runners.view.statuses({ tag: '', url: '' }))).toSatisfy(
      (statuses: { runningStatus: string }[]) =>
        statuses.every(({ runningStatus }) => runningStatus === 'stopped'),
    );
    await expect(rig.add('r4')).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'this agent is stopping',
    });
    await expect(rig.runners.start('r1')).rejects.toThrow('this agent is stopping');
  });
});
