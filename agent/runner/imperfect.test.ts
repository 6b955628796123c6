import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HastyClock } from '../../test/support/hasty-clock.ts';
import { pluginContext } from '../../test/support/plugin-context.ts';
import { RunnerRig, until } from '../../test/support/runner-rig.ts';
import { ScriptedSender, scriptedPipeline } from '../../test/support/scripted-plugins.ts';
import { fileReader } from '../plugins/readers/file.ts';
import { StatusView } from './status.ts';

it('shows in the status what could not be read as it was, once there is any', async () => {
  const rig = new RunnerRig();
  const clock = new HastyClock();
  const dir = await mkdtemp(join(tmpdir(), 'imperfect-'));
  const log_path = join(dir, 'a.log');
  await appendFile(log_path, 'fine\n');
  const reader = fileReader.configure({ log_path, encoding: 'GBK' });
  const scripted = scriptedPipeline({ batches: [], senders: [new ScriptedSender('a')] });
  const limits = { ...scripted.limits, lineBytes: 4, bytes: 1000 };
  const runner = rig.started({
    ...scripted,
    openReader: (opening) => reader.open({ ...opening, limits }, pluginContext({ clock })),
  });
  const look = () =>
    new StatusView('r', runner).look({ tag: '', url: '' }, rig.clock.monotonicMs());
  await until(() => runner.progress.settledBatches === 1);
  expect(look()).not.toHaveProperty('imperfect');

  await appendFile(log_path, Buffer.from('long line\n\xff\n', 'latin1'));
  await until(() => look().imperfect !== undefined);
  expect(look().imperfect).toEqual({ cut_lines: 1, bad_chars: 1, foreign_lines: 0 });
  await runner.stop(1000);
  await rm(dir, { recursive: true });
});
