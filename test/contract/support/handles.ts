import { readdirSync, readlinkSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import process from 'node:process';
import { expect } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';

/** Of what Node counts as at work: what somebody has to close. Its timers and requests come and go. */
const CLOSED_BY_SOMEBODY = /Wrap$|^MessagePort$|^Worker$/;
const GONE_MS_MAX = 10_000;

type Handles = ReadonlyMap<string, number>;

/** What this process holds, by what it is: open files, sockets, threads, children. */
export async function handlesNow(): Promise<Handles> {
  // The threads of the pool are started by what first needs one.
  await stat('/');
  return counted();
}

/** Fails with what is there beyond what was there before, when it does not go away by itself. */
export async function expectNoneLeft(before: Handles): Promise<void> {
  let surplus: Record<string, number> = {};
  const isClean = () => {
    surplus = surplusTo(before);
    return Object.keys(surplus).length === 0;
  };
  await waitFor('no handle more', isClean, GONE_MS_MAX).catch(() => undefined);
  expect(surplus, 'handles that nobody has closed').toEqual({});
}

function counted(): Handles {
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const target of readdirSync('/proc/self/fd').flatMap(targetsOf)) count(target);
  counts.set('thread', readdirSync('/proc/self/task').length);
  for (const name of process.getActiveResourcesInfo()) {
    if (CLOSED_BY_SOMEBODY.test(name)) count(name);
  }
  return counts;
}

function surplusTo(before: Handles): Record<string, number> {
  const more = [...counted()].map(([what, count]) => [what, count - (before.get(what) ?? 0)]);
  return Object.fromEntries(more.filter(([, count]) => Number(count) > 0));
}

/** `socket`, `pipe`, or the path of a file; none of what was closed meanwhile, as the list itself. */
function targetsOf(fd: string): string[] {
  try {
    return [readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]$/, '')];
  } catch {
    return [];
  }
}
