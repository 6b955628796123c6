import { spawnSync } from 'node:child_process';
import { appendFile, chmod, chown, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DeliveryCase, Size } from '../support/delivery-case.ts';
import type { Delivered } from '../support/examine.ts';
import { LineSource } from '../support/line-source.ts';
import { rotate } from '../support/rotate.ts';
import { collects, follows, toRawFile } from '../support/runner-configs.ts';
import type { Scene } from '../support/scene.ts';

/** Somebody whom permissions bind, which root is not. */
const NOBODY = 65_534;
const AS_NOBODY = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];

const SIZES = { full: { lines: 5_000, times: 5 }, reduced: { lines: 500, times: 1 } };

export const PERMISSIONS: readonly DeliveryCase[] = [
  {
    name: 'permission to read the source, and to write the sink, is lost and regained',
    ...SIZES,
    unable: unableToChangeUser,
    run: loseAndRegain,
  },
];

async function loseAndRegain(
  scene: Scene,
  { lines: count, times }: Size,
): Promise<readonly Delivered[]> {
  const launch = { wrapper: ['setpriv', ...AS_NOBODY], env: { NODE_DISABLE_COMPILE_CACHE: '1' } };
  const lines = new LineSource('a');
  const source = scene.path('app.log');
  const sink = join(await scene.folder('sink'), 'out.txt');
  await appendFile(source, lines.take(count));
  for (const path of [scene.dir, dirname(sink), source]) await chown(path, NOBODY, NOBODY);
  await scene.program.run(launch);
  await scene.addRunner('r1', collects(follows(source), toRawFile(sink)));
  await scene.settled('r1', lines.count);

  for (let turn = 0; turn < times; turn += 1) {
    // A file that is open stays readable: it is the next one that may not be read.
    rotate(source);
    await writeFile(source, lines.take(count), { mode: 0 });
    await scene.troubled('r1', /EACCES|permission denied/);
    await chmod(source, 0o644);
    await scene.settled('r1', lines.count);

    await scene.program.end('SIGTERM');
    await chmod(sink, 0o444);
    await appendFile(source, lines.take(count));
    await scene.program.run(launch);
    await scene.troubled('r1', /EACCES|permission denied/);
    await chmod(sink, 0o644);
    await scene.settled('r1', lines.count);
  }
  await scene.caughtUp({ r1: lines.count });
  return [{ sink: 'file', files: [sink], form: 'raw', expected: { a: lines.count } }];
}

/** Nobody must be able to run the program where it lies. */
function unableToChangeUser(): string | null {
  if (process.getuid?.() !== 0) return 'only root can run the program as another user';
  const command = [process.execPath, '--check', import.meta.filename];
  return spawnSync('setpriv', [...AS_NOBODY, ...command]).status === 0
    ? null
    : 'no other user can run node here';
}
