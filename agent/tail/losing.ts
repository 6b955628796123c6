import type { Follower } from './follower.ts';
import { statOrNull } from './found-file.ts';
import { fileKey } from './identity.ts';
import { findMoved } from './moved-files.ts';

const LOOKS_AT_ONCE = 32;

/**
 * Whether one of the files has unread bytes and is not at its path any more: rotated away or
 * deleted, so that it may be out of reach before long. Only looks, and may be asked at any time.
 */
export async function isLosing(followers: readonly Follower[]): Promise<boolean> {
  for (let from = 0; from < followers.length; from += LOOKS_AT_ONCE) {
    const some = followers.slice(from, from + LOOKS_AT_ONCE);
    const answers = await Promise.all(some.map((follower) => isOneLosing(follower)));
    if (answers.includes(true)) return true;
  }
  return false;
}

async function isOneLosing(follower: Follower): Promise<boolean> {
  const { position } = follower;
  // A path that cannot be looked at says nothing about its file.
  const atPath = await statOrNull(position.path).catch(() => undefined);
  if (atPath === undefined) return false;
  if (atPath !== null && fileKey(atPath) === follower.key) return false;
  return ((await follower.unreadNow()) ?? (await unreadWhereItIs(follower))) > 0;
}

/** Unread bytes of a file that is closed: it must be found first. */
async function unreadWhereItIs({ position, backlog }: Follower): Promise<number> {
  const [now] = await findMoved([position]);
  // What is gone cannot be lost any more, and what is out of sight may come back.
  if (typeof now !== 'object') return now === 'gone' ? 0 : backlog;
  return Number(now.stats.size) - position.offset;
}
