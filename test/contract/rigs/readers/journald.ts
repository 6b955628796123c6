import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../../../support/wait-for.ts';
import { lineTexts, type ReaderRig, type ReaderSource } from '../../reader-rig.ts';

const REMOTE = '/lib/systemd/systemd-journal-remote';
const FLOOD_ENTRIES = 10_000;
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

export const journaldRig: ReaderRig = {
  make: async ({ dir }) => {
    await makeIn(dir);
    return sourceIn(dir);
  },
  absent: async ({ dir }) => ({ ...sourceIn(dir), appear: () => makeIn(dir) }),
  absence: 'thrown',
  resumes: true,
  // The fields of an entry come in another order from each journalctl.
  bytesVary: true,
};

async function makeIn(dir: string): Promise<void> {
  await mkdir(join(dir, 'journal'));
  // Without a file journalctl has nothing to follow.
  append(join(dir, 'journal'), ['here it begins']);
}

function sourceIn(dir: string): ReaderSource {
  const folder = join(dir, 'journal');
  return {
    options: { journald_directory: folder },
    add: async (from, to) => append(folder, lineTexts(from, to)),
    flood: async (reader) => {
      append(
        folder,
        Array.from({ length: FLOOD_ENTRIES }, () => 'x'.repeat(1_024)),
      );
      await waitFor('a full inbox', () => reader.lag().bytes >= WAITING_BYTES_MAX);
    },
  };
}

let entries = 0;

/** Writes entries as another machine would send them. */
function append(folder: string, messages: readonly string[]): void {
  let text = '';
  for (const message of messages) {
    entries += 1;
    const fields = {
      __REALTIME_TIMESTAMP: 1_700_000_000_000_000 + entries,
      __MONOTONIC_TIMESTAMP: entries,
      _BOOT_ID: '0123456789abcdef0123456789abcdef',
      MESSAGE: message,
      PRIORITY: 6,
    };
    const lines = Object.entries(fields).map(([name, value]) => `${name}=${value}\n`);
    text += `${lines.join('')}\n`;
  }
  const { status } = spawnSync(REMOTE, ['-o', join(folder, 'a.journal'), '-'], { input: text });
  if (status !== 0) throw new Error(`${REMOTE} ended with ${status}`);
}
