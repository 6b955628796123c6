import { readdir } from 'node:fs/promises';
import { type Collector } from './collector.ts';

const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'blocked',
  Z: 'zombies',
  X: 'dead',
  T: 'stopped',
  t: 'stopped',
  W: 'paging',
  I: 'idle',
};
/** So many files are read at once. */
const READS_MAX = 64;
const THREADS_FIELD = 17;

/** How many processes are in which state. */
export const processes: Collector = {
  async collect({ proc }) {
    const names = [...Object.values(STATES), 'unknown', 'total', 'total_threads'];
    const counts = new Map(names.map((name) => [name, 0]));
    const add = (name: string, count: number) => counts.set(name, (counts.get(name) ?? 0) + count);
    const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    for (let at = 0; at < ids.length; at += READS_MAX) {
      const some = ids.slice(at, at + READS_MAX);
      // One that has ended meanwhile is none.
      const stats = await Promise.all(some.map((id) => proc(`${id}/stat`).catch(() => null)));
      for (const stat of stats) {
        if (stat === null) continue;
        // Its name may hold anything, also blanks and brackets.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        add(STATES[fields[0] ?? ''] ?? 'unknown', 1);
        add('total', 1);
        add('total_threads', Number(fields[THREADS_FIELD] ?? 0));
      }
    }
    return [Object.fromEntries(counts)];
  },
};
