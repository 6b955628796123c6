import { hash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
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

interface AccessControlOptions {
  /** `cluster.secret`, which peers know; '' when it is not set. */
  readonly clusterSecret: string;
  /** `auth.token`, which users know; '' when it is not set. */
  readonly userToken: string;
  readonly clock: Clock;
}

/**
 * Decides who may call. With neither secret set everybody may; otherwise a caller sends
 * `Authorization: Bearer <secret>`, or a peer signs its request (see peer-signature.ts) and so never
 * sends the secret itself.
 *
 * Refusals are AppErrors `forbidden` with `details.status` 401, and a message that begins with
 * `unauthorized`.
 */
export class AccessControl {
  readonly #clusterSecret: string;
  readonly #peerHashes: readonly Buffer[];
  readonly #userHashes: readonly Buffer[];
  readonly #clock: Clock;
  readonly #nonces = new NonceMemory(NONCES_MAX);
  #sweptS = 0;

  constructor({ clusterSecret, userToken, clock }: AccessControlOptions) {
    this.#clusterSecret = clusterSecret;
    this.#peerHashes = clusterSecret === '' ? [] : [sha256(clusterSecret)];
    this.#userHashes =
      userToken === '' ? this.#peerHashes : [...this.#peerHashes, sha256(userToken)];
    this.#clock = clock;
  }

  /**
   * Decides from the headers alone, before a byte of the body is read. Returns a signature when
   * only the body can tell: pass it to `verify`.
   */
  admit(access: Access, authorization: string | undefined): PeerSignature | null {
    const accepted = this.#accepted(access);
    if (accepted.length === 0) return null;
    if (authorization === undefined) {
      throw unauthorized(`this call needs an Authorization header (${whoseSecret(access)})`);
    }

    const bearer = BEARER.exec(authorization)?.[1];
    if (bearer !== undefined) return this.#admitBearer(bearer, access);

    const signature = this.#clusterSecret === '' ? null : parseSignature(authorization);
    if (signature === null) {
      throw unauthorized(
        'the Authorization header is neither a Bearer token nor a valid signature',
      );
    }
    this.#checkClock(signature);
    return signature;
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

  #accepted(access: Access): readonly Buffer[] {
    switch (access) {
      case 'open':
        return [];
      case 'peer':
        return this.#peerHashes;
      case 'user':
        return this.#userHashes;
    }
  }

  #admitBearer(token: string, access: Access): null {
    // Hashes have one length, so the comparison tells nothing about the secret's.
    const hashed = sha256(token);
    if (this.#accepted(access).some((accepted) => timingSafeEqual(accepted, hashed))) return null;
    throw unauthorized(`the Bearer token is not ${whoseSecret(access)}`);
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

function whoseSecret(access: Access): string {
  return access === 'peer' ? 'the cluster.secret' : 'the auth.token or the cluster.secret';
}

function unauthorized(why: string): AppError {
  return new AppError('forbidden', `unauthorized: ${why}`, { details: { status: 401 } });
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
