import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Disk = 'tmpfs' | 'ext4';

interface Mounted {
  /** Takes the disk away, whoever still uses it. */
  readonly unmount: () => void;
}

/** A small disk of its own at `path`: in memory, or in a file beside it, whose inodes it shares with nobody. */
export function mountDisk(path: string, disk: Disk, bytes: number): Mounted {
  mkdirSync(path, { recursive: true });
  if (disk === 'tmpfs') {
    run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0777`, 'tmpfs', path]);
  } else {
    const image = `${path}.image`;
    writeFileSync(image, '');
    truncateSync(image, bytes);
    run('mkfs.ext4', ['-q', image]);
    run('mount', ['-o', 'loop', image, path]);
  }
  return { unmount: () => void spawnSync('umount', ['--lazy', path]) };
}

/** Why this process cannot mount such a disk, or null. */
export function unableToMount(disk: Disk, bytes: number): string | null {
  if (process.getuid?.() !== 0) return 'only root can mount a disk';
  const folder = mkdtempSync(join(tmpdir(), 'mount-'));
  try {
    mountDisk(join(folder, 'disk'), disk, bytes).unmount();
    return null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} fails: ${error?.message ?? stderr.trim()}`);
}
