import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { AppError } from '../kernel/errors.ts';
import type { PasswordHash } from './auth-document.ts';

export interface HashCost {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallel: number;
}

/** 32 MiB and about a fifth of a second each. */
const COST: HashCost = { cost: 2 ** 15, blockSize: 8, parallel: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Threads of the pool that may be at it; the other half is for files. */
const AT_ONCE_MAX = 2;
const WAITING_MAX = 32;
/** scrypt takes 128 bytes for each of these, and some more. */
const MEMORY_FACTOR = 256;

/** Hashes passwords, a few at a time, and tells whether one is right. */
export class Passwords {
  readonly #cost: HashCost;
  readonly #nobodys: PasswordHash;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(cost: HashCost = COST) {
    this.#cost = cost;
    const [salt, hash] = [randomBytes(SALT_BYTES), randomBytes(HASH_BYTES)];
    this.#nobodys = { ...cost, salt: salt.toString('base64url'), hash: hash.toString('base64url') };
  }

  /** @throws AppError `unavailable` when too many wait. */
  async hash(password: string): Promise<PasswordHash> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await this.#inTurn(() => derive(password, salt, this.#cost));
    return {
      ...this.#cost,
      salt: salt.toString('base64url'),
      hash: hash.toString('base64url'),
    };
  }

  /**
   * Of somebody who is not there (null) no password is right, and to find that out takes as long.
   * @throws AppError `unavailable` when too many wait.
   */
  async isRight(password: string, known: PasswordHash | null): Promise<boolean> {
    const asked = known ?? this.#nobodys;
    const salt = Buffer.from(asked.salt, 'base64url');
    const found = await this.#inTurn(() => derive(password, salt, asked));
    const right = Buffer.from(asked.hash, 'base64url');
    const isSame = found.length === right.length && timingSafeEqual(found, right);
    return isSame && known !== null;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < AT_ONCE_MAX) this.#running += 1;
    else await this.#turn();
    try {
      return await work();
    } finally {
      // Whoever waited longest takes this place over.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= WAITING_MAX) {
      throw new AppError('unavailable', 'too many passwords are being checked; try again soon');
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

function derive(password: string, salt: Buffer, { cost, blockSize, parallel }: HashCost) {
  const options = {
    ...{ N: cost, r: blockSize, p: parallel },
    maxmem: MEMORY_FACTOR * cost * blockSize,
  };
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // The same characters can be written in several ways.
  scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, derived) => {
    if (error === null) resolve(derived);
    else reject(error);
  });
  return promise;
}
