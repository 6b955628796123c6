import { isIPv6 } from 'node:net';
import { AppError } from '../kernel/errors.ts';

/** Wrong passwords that one may try from an address before each has to be waited for. */
const FREE_TRIES = 8;
/** The same when others try to guess the password of the same account. */
const FREE_TRIES_ATTACKED = 2;
/** Wrong passwords of one account, from wherever, that make it attacked. */
const ATTACK_TRIES = 30;
/** Wrong passwords of all accounts, from one address. */
const FREE_TRIES_OF_ADDRESS = 40;

const FIRST_WAIT_MS = 1_000;
const WAIT_MS_MAX = 15 * 60_000;
/** After so long without a wrong one all is forgotten. */
const FORGET_MS = 60 * 60_000;
const ENTRIES_MAX = 10_000;

interface Tries {
  readonly count: number;
  readonly lastMs: number;
}

/** A password that is about to be tried. */
export interface Attempt {
  readonly username: string;
  readonly address: string;
}

/**
 * Makes whoever guesses passwords wait, longer each time, and up to a quarter of an hour. It is the
 * address that has to wait: from another one an account can always be tried, so that no stranger
 * can keep its owner out. Those who guess from many addresses have few tries at each.
 */
export class LockOut {
  readonly #pairs = new Map<string, Tries>();
  readonly #accounts = new Map<string, Tries>();
  readonly #addresses = new Map<string, Tries>();

  /**
   * Counts an attempt as a wrong one, so that those that are made at once count, too: whoever was
   * right is forgiven by `wasRight`.
   * @throws AppError `forbidden` with `details.status` 429 for one that comes too soon.
   */
  begin(attempt: Attempt, nowMs: number): void {
    const { username, address, pair } = keysOf(attempt);
    const isAttacked = this.#count(this.#accounts, username, nowMs) >= ATTACK_TRIES;
    const free = isAttacked ? FREE_TRIES_ATTACKED : FREE_TRIES;
    const leftMs = Math.max(
      waitMs(this.#pairs.get(pair), free, nowMs),
      waitMs(this.#addresses.get(address), FREE_TRIES_OF_ADDRESS, nowMs),
    );
    if (leftMs > 0) throw tooSoon(leftMs);
    for (const [tries, key] of this.#all(attempt)) add(tries, key, nowMs);
  }

  wasRight(attempt: Attempt): void {
    const { address, pair, username } = keysOf(attempt);
    this.#pairs.delete(pair);
    takeBack(this.#addresses, address);
    takeBack(this.#accounts, username);
  }

  /** It was not found out whether it was right. */
  wasNotTried(attempt: Attempt): void {
    for (const [tries, key] of this.#all(attempt)) takeBack(tries, key);
  }

  #all(attempt: Attempt): [Map<string, Tries>, string][] {
    const { username, address, pair } = keysOf(attempt);
    return [
      [this.#pairs, pair],
      [this.#accounts, username],
      [this.#addresses, address],
    ];
  }

  #count(tries: ReadonlyMap<string, Tries>, key: string, nowMs: number): number {
    const found = tries.get(key);
    return found !== undefined && nowMs - found.lastMs < FORGET_MS ? found.count : 0;
  }
}

function keysOf({ username, address }: Attempt) {
  const network = networkOf(address);
  return { username, address: network, pair: `${network} ${username}` };
}

/** Who has an IPv6 address has a whole network of them. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('::');
  const [first, last] = [parts(head), parts(tail)];
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  return `${[...first, ...zeros, ...last].slice(0, 4).join(':')}::/64`;
}

function parts(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

function waitMs(tries: Tries | undefined, free: number, nowMs: number): number {
  if (tries === undefined || tries.count < free) return 0;
  const sinceMs = nowMs - tries.lastMs;
  if (sinceMs >= FORGET_MS) return 0;
  return Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** (tries.count - free)) - sinceMs;
}

/** The ones that were tried longest ago are forgotten when there are too many. */
function add(all: Map<string, Tries>, key: string, nowMs: number): void {
  const before = all.get(key);
  const isFresh = before === undefined || nowMs - before.lastMs >= FORGET_MS;
  all.delete(key);
  all.set(key, { count: isFresh ? 1 : before.count + 1, lastMs: nowMs });
  if (all.size <= ENTRIES_MAX) return;
  for (const oldest of all.keys()) {
    all.delete(oldest);
    return;
  }
}

function takeBack(all: Map<string, Tries>, key: string): void {
  const found = all.get(key);
  if (found !== undefined) all.set(key, { ...found, count: Math.max(0, found.count - 1) });
}

function tooSoon(leftMs: number): AppError {
  const seconds = Math.ceil(leftMs / 1000);
  return new AppError('forbidden', `too many wrong passwords; try again in ${seconds} s`, {
    details: { status: 429, data: { retry_after_s: seconds } },
  });
}
