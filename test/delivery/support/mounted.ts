import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small disk of its own, in memory; `unmount` takes it away, whoever still uses it. */
export function mountTmpfs(path: string, bytes: number): { readonly unmount: () => void } {
  mkdirSync(path, { recursive: true });
  const options = `size=${bytes},mode=0777`;
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  if (status !== 0) throw new Error(`cannot mount a tmpfs: ${String(stderr)}`);
  return { unmount: () => void spawnSync('umount', ['--lazy', path]) };
}

/** Why this process cannot mount one, or null. */
export function unableToMount(): string | null {
  if (process.getuid?.() !== 0) return 'only root can mount a tmpfs';
  const path = mkdtempSync(join(tmpdir(), 'mount-'));
  try {
    mountTmpfs(path, 4096).unmount();
    return null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } finally {
    rmdirSync(path);
  }
}
