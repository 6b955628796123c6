import { type CryptoKey, importJWK, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { invalidToken, type TokenCheck } from '../http/auth.ts';
import type { Caller } from '../http/caller.ts';
import type { Clock } from '../kernel/clock.ts';
import { TwoAgeCache } from '../kernel/two-age-cache.ts';
import type { SigningKey } from './auth-document.ts';
import type { AuthState } from './auth-state.ts';
import type { AuthStore } from './auth-store.ts';
import { freshId } from './secrets.ts';
import { signerOf } from './signing-keys.ts';

/** Whose tokens they are, and whom they are for. */
const PARTY = 'logkit-fleet';
/** The one way in which a token may be signed, whatever it says of itself. */
const ALGORITHM = 'EdDSA';
/** How far the clocks of two masters may be apart. */
export const CLOCK_DIFFERENCE_S = 30;
const TOKEN_CHARACTERS_MAX = 8_192;
/** Twice so many at most, each about as large as its token. */
const CACHED_MAX = 5_000;
const KEYS_MAX = 32;

const Claims = z.object({
  ...{ sub: z.string(), jti: z.string(), name: z.string() },
  ...{ nbf: z.number(), exp: z.number(), epoch: z.int() },
  roles: z.array(z.string()),
  /** It has to be there: a token without it must not be one for everything. */
  services: z.array(z.string()).nullable(),
});

/** Who gets a token. */
export interface Subject {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly services: readonly string[] | null;
  readonly epoch: number;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresInS: number;
}

interface Known {
  readonly caller: Caller;
  readonly kid: string;
  readonly id: string;
  readonly subject: string;
  readonly epoch: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

interface TokensDeps {
  readonly store: AuthStore;
  readonly clock: Clock;
  readonly minutes: number;
}

/** Makes tokens, and tells whose they are. */
export class Tokens implements TokenCheck {
  readonly #deps: TokensDeps;
  /** Those whose signature is right. */
  readonly #known = new TwoAgeCache<string, Known>(CACHED_MAX);
  /** By kid. */
  readonly #publicKeys = new TwoAgeCache<string, Promise<CryptoKey | Uint8Array>>(KEYS_MAX);

  constructor(deps: TokensDeps) {
    this.#deps = deps;
  }

  async issue({ id, name, roles, services, epoch }: Subject): Promise<IssuedToken> {
    const { store, clock, minutes } = this.#deps;
    const { kid, x, d } = signerOf(store.state.document);
    const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x, d }, ALGORITHM);
    const nowS = Math.floor(clock.now() / 1000);
    const expiresInS = minutes * 60;
    const token = await new SignJWT({ name, roles: [...roles], services, epoch })
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'JWT' })
      .setSubject(id)
      .setIssuer(PARTY)
      .setAudience(PARTY)
      .setJti(freshId())
      .setIssuedAt(nowS)
      .setNotBefore(nowS)
      .setExpirationTime(nowS + expiresInS)
      .sign(key);
    return { token, expiresInS };
  }

  callerOf(token: string): Caller | Promise<Caller> {
    const { state } = this.#deps.store;
    const known = this.#known.get(token);
    return known !== undefined && this.#isGood(known, state)
      ? known.caller
      : this.#find(token, known);
  }

  async #find(token: string, cached: Known | undefined): Promise<Caller> {
    if (token.length > TOKEN_CHARACTERS_MAX) throw invalidToken();
    const known = cached ?? (await this.#read(token));
    const { store, clock } = this.#deps;
    if (!this.#isGood(known, store.state)) {
      // It may be of a subject that has changed at another master just now; when it ended, not.
      if (known.untilMs > clock.now()) await store.look();
      if (!this.#isGood(known, store.state)) throw invalidToken();
    }
    this.#known.set(token, known);
    return known.caller;
  }

  /** @throws AppError for one that nobody of this fleet has signed, or that is not for now. */
  async #read(token: string): Promise<Known> {
    const currentDate = new Date(this.#deps.clock.now());
    try {
      let kid = '';
      const { payload } = await jwtVerify(
        token,
        (header) => {
          kid = header.kid ?? '';
          return this.#publicKey(kid);
        },
        {
          ...{ algorithms: [ALGORITHM], issuer: PARTY, audience: PARTY, typ: 'JWT', currentDate },
          clockTolerance: CLOCK_DIFFERENCE_S,
          requiredClaims: ['sub', 'iat', 'nbf', 'exp', 'jti'],
        },
      );
      return knownOf(Claims.parse(payload), kid);
    } catch {
      // Why is for nobody to know who may have made it up.
      throw invalidToken();
    }
  }

  async #publicKey(kid: string): Promise<CryptoKey | Uint8Array> {
    const { store } = this.#deps;
    const key = keyOf(store.state, kid);
    if (key !== undefined) return this.#imported(key);
    // Another master may have begun with it just now.
    await store.look();
    const found = keyOf(store.state, kid);
    if (found === undefined) throw invalidToken();
    return this.#imported(found);
  }

  #imported({ kid, x }: SigningKey): Promise<CryptoKey | Uint8Array> {
    const known = this.#publicKeys.get(kid);
    if (known !== undefined) return known;
    const imported = importJWK({ kty: 'OKP', crv: 'Ed25519', x }, ALGORITHM);
    this.#publicKeys.set(kid, imported);
    return imported;
  }

  #isGood(known: Known, state: AuthState): boolean {
    const nowMs = this.#deps.clock.now();
    return (
      known.untilMs > nowMs &&
      known.fromMs <= nowMs &&
      state.takesKey(known.kid, nowMs) &&
      state.takes(known)
    );
  }
}

function knownOf(claims: z.output<typeof Claims>, kid: string): Known {
  const { sub, jti, roles, services, epoch, nbf, exp } = claims;
  return {
    caller: { name: sub, roles, services, how: 'token', token: { id: jti, expiresS: exp } },
    ...{ kid, id: jti, subject: sub, epoch },
    fromMs: (nbf - CLOCK_DIFFERENCE_S) * 1000,
    untilMs: (exp + CLOCK_DIFFERENCE_S) * 1000,
  };
}

function keyOf({ document }: AuthState, kid: string): SigningKey | undefined {
  return document.keys.find((key) => key.kid === kid);
}
