import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = '/lib/systemd/systemd-journal-remote';

/** Adds entries to the journal of a folder, as another machine would send them. */
export function addToJournal(dir: string, entries: readonly Readonly<Record<string, unknown>>[]) {
  const text = entries.map((entry) => {
    const lines = Object.entries(entry).map(([name, value]) => `${name}=${String(value)}\n`);
    return `${lines.join('')}\n`;
  });
  const input = text.join('');
  execFileSync(PROGRAM, ['-o', join(dir, 'a.journal'), '-'], { input, stdio: 'pipe' });
}
