import type { ClientTls } from '../../client/exchange.ts';
import { AppError } from '../../kernel/errors.ts';
import { EtcdEndpoint } from './etcd-endpoint.ts';
import { hasEtcdCode } from './etcd-errors.ts';
import {
  grantMessage,
  type Joined,
  type JoinedAnswer,
  joinedMessage,
  type LeaseAnswer,
  leaseMessage,
  loginMessage,
  type RangeAnswer,
  type RangeQuery,
  rangesMessage,
  readJoined,
  readLease,
  readRanges,
  readToken,
  readTransaction,
  type Transaction,
  type TransactionAnswer,
  transactionMessage,
} from './etcd-messages.ts';

const CALL_MS_MAX = 5_000;

export interface EtcdOptions {
  /** `http://host:port` or `https://host:port`, of one cluster; the first one that answers is asked. */
  readonly hosts: readonly string[];
  readonly tls?: ClientTls;
  /** Absent: etcd lets everybody in, or goes by the certificate. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** Of each call, beside the time that a connection takes. */
  readonly timeoutMs?: number;
}

/**
 * What this program asks of etcd. A question that has not arrived goes to the next host, and what
 * only reads does so whatever has become of it. Throws AppError `unavailable` or `timeout`: a write
 * may have happened, unless `details.reached` is false.
 */
export class EtcdClient {
  readonly #endpoints: readonly EtcdEndpoint[];
  readonly #auth: EtcdOptions['auth'];
  readonly #timeoutMs: number;
  #at = 0;
  #token: Promise<string> | null = null;

  constructor({ hosts, tls, auth, timeoutMs = CALL_MS_MAX }: EtcdOptions) {
    if (hosts.length === 0) throw new AppError('invalid', 'no host of etcd is given');
    this.#endpoints = hosts.map((url) => new EtcdEndpoint(url, tls));
    this.#auth = auth;
    this.#timeoutMs = timeoutMs;
  }

  /** All of it as it was at one moment. */
  async ranges(queries: readonly RangeQuery[]): Promise<RangeAnswer> {
    return readRanges(queries, await this.#read('KV/Txn', rangesMessage(queries)));
  }

  async transact(transaction: Transaction): Promise<TransactionAnswer> {
    return readTransaction(await this.#write('KV/Txn', transactionMessage(transaction)));
  }

  async join(joined: Joined): Promise<JoinedAnswer> {
    return readJoined(await this.#write('KV/Txn', joinedMessage(joined)));
  }

  /** It may last longer than what was asked for: etcd has a least time. */
  async grant(ttlSeconds: number): Promise<LeaseAnswer> {
    return readLease(await this.#write('Lease/LeaseGrant', grantMessage(ttlSeconds)));
  }

  /** Seconds that it lasts from now on; 0: it is over. */
  async keepAlive(id: bigint): Promise<number> {
    const answer = await this.#read('Lease/LeaseKeepAlive', leaseMessage(id));
    return readLease(answer).ttlSeconds;
  }

  /** Seconds that it still lasts; below 0: it is over. */
  async left(id: bigint): Promise<number> {
    return readLease(await this.#read('Lease/LeaseTimeToLive', leaseMessage(id))).ttlSeconds;
  }

  /** Ends it, and all keys that hang on it; one that is over already is as good. */
  async revoke(id: bigint): Promise<void> {
    try {
      await this.#write('Lease/LeaseRevoke', leaseMessage(id));
    } catch (thrown) {
      if (!hasEtcdCode(thrown, 'no_lease')) throw thrown;
    }
  }

  close(): void {
    for (const endpoint of this.#endpoints) endpoint.close();
  }

  #read(method: string, message: Buffer): Promise<Buffer> {
    return this.#anywhere(method, message, () => true);
  }

  #write(method: string, message: Buffer): Promise<Buffer> {
    return this.#anywhere(method, message, (error) => error.details['reached'] === false);
  }

  /** Asks one host after the other, once each, as long as that does no harm. */
  async #anywhere(
    method: string,
    message: Buffer,
    mayRepeat: (error: AppError) => boolean,
  ): Promise<Buffer> {
    for (let tries = 1; ; tries += 1) {
      const at = this.#at;
      try {
        return await this.#loggedIn(method, message);
      } catch (thrown) {
        if (!isAway(thrown)) throw thrown;
        // Calls that failed together move on together.
        if (at === this.#at) this.#at = (at + 1) % this.#endpoints.length;
        if (tries >= this.#endpoints.length || !mayRepeat(thrown)) throw thrown;
      }
    }
  }

  /** A token that etcd does not know any more, as after a start, is replaced, once for all calls. */
  async #loggedIn(method: string, message: Buffer): Promise<Buffer> {
    const used = this.#login();
    try {
      return await this.#ask(method, message, await used);
    } catch (thrown) {
      if (this.#auth === undefined || !hasEtcdCode(thrown, 'login')) throw thrown;
      if (this.#token === used) this.#token = null;
      return this.#ask(method, message, await this.#login());
    }
  }

  #login(): Promise<string> {
    if (this.#auth === undefined) return NO_TOKEN;
    if (this.#token !== null) return this.#token;
    const { user, password } = this.#auth;
    const asked = this.#ask('Auth/Authenticate', loginMessage(user, password), '').then(readToken);
    this.#token = asked;
    asked.catch(() => {
      if (this.#token === asked) this.#token = null;
    });
    return asked;
  }

  async #ask(method: string, message: Buffer, token: string): Promise<Buffer> {
    const endpoint = this.#endpoints[this.#at];
    if (endpoint === undefined) throw new Error('no such host');
    return endpoint.ask({ method, message, token, timeoutMs: this.#timeoutMs });
  }
}

const NO_TOKEN = Promise.resolve('');

function isAway(thrown: unknown): thrown is AppError {
  if (!(thrown instanceof AppError) || 'etcd' in thrown.details) return false;
  return thrown.kind === 'unavailable' || thrown.kind === 'timeout';
}
