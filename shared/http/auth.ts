import { hash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import {
  type Caller,
  isAdmin,
  isPerson,
  OPEN_CALLER,
  PEER_CALLER,
  SECRET_CALLER,
} from './caller.ts';
import { NonceMemory } from './nonce-memory.ts';
import {
  isSignedWith,
  type PeerSignature,
  parseSignature,
  type SignedRequest,
} from './peer-signature.ts';
import type { Access } from './route.ts';

/** How far the clocks of two machines may be apart. */
const CLOCK_DIFFERENCE_S_MAX = 300;
/** About 30 MB; at 1,000 signed calls a second the memory reaches back over four minutes. */
const NONCES_MAX = 250_000;
const BEARER = /^bearer +(\S+)$/i;
/** Before a token, which may also come without it. */
const SCHEME = /^bearer +/i;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** A token for one of these is a peer's. */
const PEER_SERVICES = ['logkit-agent', 'logkit-master'];

/** Tells whose a token is. */
export interface TokenCheck {
  /**
   * At once for a token that was seen before.
   * @throws AppError `forbidden` with `details.status` 401, also by the promise.
   */
  callerOf(token: string): Caller | Promise<Caller>;
}

interface AccessControlOptions {
  /** `cluster.secret`, which peers know; '' when it is not set. */
  readonly clusterSecret: string;
  /** `auth.token`, which users know; '' when it is not set. */
  readonly userToken: string;
  /** Absent: no token is valid here. */
  readonly tokens?: TokenCheck;
  /** `auth.accounts`: rows for people and peers take tokens, and rows for people ask for one. */
  readonly accounts?: boolean;
  readonly clock: Clock;
}

/** What the headers say. */
export interface Admission {
  readonly caller: Caller;
  /** Only the body can tell whether it is right: pass it to `verify`. */
  readonly signature: PeerSignature | null;
}

const OPEN: Admission = { caller: OPEN_CALLER, signature: null };
const SECRET: Admission = { caller: SECRET_CALLER, signature: null };

/**
 * Decides who may call. With neither secret set, and without accounts, everybody may; otherwise a
 * caller sends `Authorization: Bearer <secret>`, or a peer signs its request (see peer-signature.ts)
 * and so never sends the secret itself. Rows of access `token` and `admin` take tokens alone.
 *
 * Refusals are AppErrors `forbidden` with `details.status` 401, and a message that begins with
 * `unauthorized`.
 */
export class AccessControl {
  readonly #clusterSecret: string;
  readonly #peerHashes: readonly Buffer[];
  readonly #userHashes: readonly Buffer[];
  readonly #tokens: TokenCheck | null;
  readonly #accounts: boolean;
  readonly #clock: Clock;
  readonly #nonces = new NonceMemory(NONCES_MAX);
  #sweptS = 0;

  constructor(options: AccessControlOptions) {
    const { clusterSecret, userToken, tokens = null, accounts = false, clock } = options;
    this.#clusterSecret = clusterSecret;
    this.#peerHashes = clusterSecret === '' ? [] : [sha256(clusterSecret)];
    this.#userHashes =
      userToken === '' ? this.#peerHashes : [...this.#peerHashes, sha256(userToken)];
    this.#tokens = tokens;
    this.#accounts = accounts && tokens !== null;
    this.#clock = clock;
  }

  /** Decides from the headers alone, before a byte of the body is read. */
  admit(access: Access, authorization: string | undefined): Admission | Promise<Admission> {
    switch (access) {
      case 'open':
        return OPEN;
      case 'peer':
        return this.#peerHashes.length === 0 ? OPEN : this.#admitKnown(access, authorization);
      case 'user':
        return this.#userHashes.length === 0 && !this.#accounts
          ? OPEN
          : this.#admitKnown(access, authorization);
      case 'token':
      case 'admin':
        return this.#admitToken(access, authorization);
    }
  }

  /** The second half of `admit`, once the body is there. */
  verify(signature: PeerSignature, request: SignedRequest): void {
    if (!isSignedWith(this.#clusterSecret, request, signature)) {
      throw unauthorized('the signature does not match the request; is cluster.secret the same?');
    }
    this.#sweep();
    if (!this.#nonces.take(signature.nonce, signature.nowS)) {
      throw unauthorized('this signature was used before; sign every request anew');
    }
  }

  #admitKnown(access: 'peer' | 'user', authorization: string | undefined) {
    if (authorization === undefined) {
      throw this.#unauthorized(`this call needs an Authorization header (${this.#whose(access)})`);
    }
    const bearer = BEARER.exec(authorization)?.[1];
    if (bearer !== undefined && this.#isSecret(bearer, access)) return SECRET;
    const token = bearer ?? authorization;
    if (this.#accounts && JWT.test(token)) return this.#admitAccount(access, token);
    if (bearer !== undefined) {
      throw this.#unauthorized(`the Bearer token is not ${this.#whose(access)}`);
    }
    return this.#admitSignature(authorization);
  }

  #admitSignature(authorization: string): Admission {
    const signature = this.#clusterSecret === '' ? null : parseSignature(authorization);
    if (signature === null) {
      throw this.#unauthorized(
        'the Authorization header is neither a Bearer token nor a valid signature',
      );
    }
    this.#checkClock(signature);
    return { caller: PEER_CALLER, signature };
  }

  async #admitAccount(access: 'peer' | 'user', token: string): Promise<Admission> {
    const caller = await this.#accountOf(token);
    if (access === 'user' ? isPerson(caller) : isPeer(caller)) return { caller, signature: null };
    throw new AppError('forbidden', `forbidden: the token of ${caller.name} is for other calls`, {
      details: { status: 403 },
    });
  }

  async #accountOf(token: string): Promise<Caller> {
    try {
      return await this.#callerOf(token);
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.kind !== 'forbidden') throw thrown;
      throw this.#unauthorized('the token is not valid, or no more; log in again');
    }
  }

  #admitToken(access: 'token' | 'admin', authorization: string | undefined) {
    if (authorization === undefined) throw tokenError(401, '未提供认证令牌');
    const token = authorization.slice(SCHEME.exec(authorization)?.[0].length ?? 0);
    const admitted = (caller: Caller): Admission => {
      if (access === 'admin' && !isAdmin(caller)) throw tokenError(403, '需要管理员权限');
      return { caller, signature: null };
    };
    const caller = this.#callerOf(token);
    return caller instanceof Promise ? caller.then(admitted) : admitted(caller);
  }

  #callerOf(token: string): Caller | Promise<Caller> {
    if (this.#tokens === null) throw invalidToken();
    return this.#tokens.callerOf(token);
  }

  #isSecret(token: string, access: 'peer' | 'user'): boolean {
    const accepted = access === 'peer' ? this.#peerHashes : this.#userHashes;
    // Hashes have one length, so the comparison tells nothing about the secret's.
    const hashed = sha256(token);
    return accepted.some((each) => timingSafeEqual(each, hashed));
  }

  #whose(access: 'peer' | 'user'): string {
    const token = this.#accounts ? 'a token of /auth, ' : '';
    return access === 'peer'
      ? `${token}the cluster.secret`
      : `${token}the auth.token or the cluster.secret`;
  }

  /** With accounts it is told where a token is to be had. */
  #unauthorized(why: string): AppError {
    const data = this.#accounts ? { data: { login: '/auth/login' } } : {};
    return new AppError('forbidden', `unauthorized: ${why}`, { details: { status: 401, ...data } });
  }

  #checkClock({ nowS }: PeerSignature): void {
    const aheadS = nowS - Math.floor(this.#clock.now() / 1000);
    if (Math.abs(aheadS) <= CLOCK_DIFFERENCE_S_MAX) return;
    const direction = aheadS > 0 ? 'ahead of' : 'behind';
    throw unauthorized(
      `the caller's clock is ${Math.abs(aheadS)} s ${direction} this machine's, ` +
        `at most ${CLOCK_DIFFERENCE_S_MAX} s are accepted; set the clocks right`,
    );
  }

  /** Once a second is enough: what is forgotten is refused by the clock check already. */
  #sweep(): void {
    const nowS = Math.floor(this.#clock.now() / 1000);
    if (nowS === this.#sweptS) return;
    this.#sweptS = nowS;
    this.#nonces.forgetBefore(nowS - CLOCK_DIFFERENCE_S_MAX);
  }
}

/** A token that nobody may call with. */
export function invalidToken(): AppError {
  return tokenError(401, '无效的认证令牌');
}

function tokenError(status: 401 | 403, message: string): AppError {
  return new AppError('forbidden', message, { details: { status } });
}

function isPeer({ services }: Caller): boolean {
  return services?.some((service) => PEER_SERVICES.includes(service)) ?? false;
}

function unauthorized(why: string): AppError {
  return new AppError('forbidden', `unauthorized: ${why}`, { details: { status: 401 } });
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
