import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

const ROOT = join(import.meta.dirname, '..', '..');
const LAUNCHER = 'logkit-fleet.js';
const Packed = z.tuple([z.object({ filename: z.string() })]);

/** The launcher of the program as it lies here, whose types are stripped when it starts. */
export const SOURCE_LAUNCHER = join(ROOT, LAUNCHER);

/**
 * Packs the program as it is published, and unpacks it into `dir`: what users run is built, and
 * strips no types at run time. Its packages are the ones that are installed here.
 *
 * @returns The path of its launcher.
 */
export async function packedProgram(dir: string, signal: AbortSignal): Promise<string> {
  await mkdir(dir, { recursive: true });
  const args = ['pack', '--json', '--silent', '--pack-destination', dir];
  const { stdout } = await run('npm', args, { cwd: ROOT, signal });
  // The build may have something to say before the list of what was packed.
  const [{ filename }] = Packed.parse(JSON.parse(stdout.slice(stdout.indexOf('[\n'))));
  await run('tar', ['-xzf', join(dir, filename), '-C', dir], { signal });
  await symlink(join(ROOT, 'node_modules'), join(dir, 'package', 'node_modules'));
  return join(dir, 'package', LAUNCHER);
}
