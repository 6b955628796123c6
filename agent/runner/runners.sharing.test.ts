import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linesIn } from '../../test/support/lines.ts';
import { RunnersRig } from '../../test/support/runners-rig.ts';
import { waitFor } from '../../test/support/wait-for.ts';

let rig: RunnersRig;

beforeEach(async () => {
  rig = await RunnersRig.create();
});

afterEach(() => rig.remove());

function sendersTo(...names: string[]) {
  return names.map((name) => ({
    sender_type: 'file',
    file_send_path: rig.sink(name),
    file_write_raw: 'true',
  }));
}

describe('two runners', () => {
  it('that send to the same files, named in opposite orders, never wait for each other', async () => {
    const inTinyBatches = { batch_len: 1 };
    await Promise.all([
      rig.add('r1', { ...inTinyBatches, senders: sendersTo('a', 'b') }),
      rig.add('r2', { ...inTinyBatches, senders: sendersTo('b', 'a') }),
    ]);

    for (const name of ['a', 'b']) {
      await waitFor('all lines', async () => (await linesIn(rig.sink(name))).length === 200);
    }
    expect(rig.status('r1')?.senderStats).toMatchObject({
      [`fileSender:${rig.sink('a')}`]: { success: 100, errors: 0 },
      [`fileSender:${rig.sink('b')}`]: { success: 100, errors: 0 },
    });
  });
});

describe('a sink that is away', () => {
  it('holds up its own runner alone, which goes on when the sink is back', async () => {
    const folder = join(rig.dir, 'out');
    await writeFile(folder, 'a file where a folder is wanted');
    const senders = [{ ...sendersTo('x')[0], file_send_path: join(folder, 'r1.out') }];
    await rig.add('r1', { senders });
    await rig.add('r2');
    await rig.waitForLines(100, 'r2');
    const error = await waitFor('the error', () => rig.status()?.error);
    expect(error).toContain(folder);
    expect(rig.status()).toMatchObject({ readDataCount: 0, runningStatus: 'running' });

    await rm(folder);
    await waitFor('the lines', () => rig.status()?.readDataCount === 100);
    expect(rig.status()?.error).toBeUndefined();
    expect((await readFile(join(folder, 'r1.out'), 'utf8')).split('\n')).toHaveLength(101);
  });
});
