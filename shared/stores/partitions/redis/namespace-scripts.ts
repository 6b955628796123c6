import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../kernel/clock.ts';
import { AppError, toAppError } from '../../../kernel/errors.ts';
import type { RandomSource } from '../../../kernel/random.ts';
import type { StoreIdentity } from '../partition-store.ts';
import { storeLostError } from '../store-errors.ts';
import type { LuaScript } from './lua/lua-script.ts';
import { ATTACH } from './lua/namespace-scripts.ts';
import { partitionKeys, placeKey } from './partition-keys.ts';
import type { RedisConnection } from './redis-connection.ts';
import { isReply, replyCode, replyError } from './redis-errors.ts';
import { RedisLink } from './redis-link.ts';
import type { RedisTarget } from './redis-place.ts';
import { textOf } from './replies.ts';

interface Opening {
  readonly target: RedisTarget;
  readonly prefix: string;
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly onDeath: (error: AppError) => void;
}

/** What a script that says no means; null: nothing that was foreseen. */
export type Refusal = (code: string, text: string) => AppError | null;

/** Runs the scripts of a namespace, as long as its data are those that it was opened on. */
export class NamespaceScripts {
  readonly #opening: Opening;
  readonly #keys: readonly string[];
  readonly #running = new Set<Promise<unknown>>();
  #identity: StoreIdentity = { id: '', incarnation: '' };
  #link: RedisLink | null = null;
  #isClosing = false;
  #isDead = false;

  private constructor(opening: Opening) {
    this.#opening = opening;
    this.#keys = partitionKeys(opening.prefix, opening.namespace);
  }

  static async open(opening: Opening): Promise<NamespaceScripts> {
    const scripts = new NamespaceScripts(opening);
    const { target, clock, random } = opening;
    const attach = (connection: RedisConnection) => scripts.#attach(connection);
    scripts.#link = await RedisLink.open({ target, clock, random, attach });
    return scripts;
  }

  get identity(): StoreIdentity {
    return this.#identity;
  }

  /** @throws AppError what `refusal` makes of a no, and else as the port says. */
  async run(script: LuaScript, words: readonly string[], refusal?: Refusal): Promise<unknown> {
    if (this.#isClosing || this.#link === null) {
      throw new AppError('unavailable', 'the partition store is closed');
    }
    const running = this.#link.connection.run(script, this.#keys, [
      this.#identity.incarnation,
      ...words,
    ]);
    this.#running.add(running);
    try {
      return await running;
    } catch (thrown) {
      throw this.#errorOf(thrown, refusal);
    } finally {
      this.#running.delete(running);
    }
  }

  /** Waits for what runs. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled(this.#running);
    await this.#link?.close();
  }

  /** Each connection may lead to another server than the one before it. */
  async #attach(connection: RedisConnection): Promise<void> {
    const { prefix } = this.#opening;
    const { incarnation: known } = this.#identity;
    try {
      await connection.ask('SET', placeKey(prefix), randomUUID(), 'NX');
      const id = textOf(await connection.ask('GET', placeKey(prefix)));
      const run = runOf(textOf(await connection.ask('INFO', 'server')));
      const attached = await connection.run(ATTACH, this.#keys, [randomUUID(), known, run]);
      if (known === '') this.#identity = { id, incarnation: textOf(attached) };
    } catch (thrown) {
      const error = this.#errorOf(thrown, newerRefusal);
      // Data that are gone are told to each who asks, and may be there again.
      if (known === '' || replyCode(thrown) !== 'LOST') throw error;
    }
  }

  #errorOf(thrown: unknown, refusal?: Refusal): AppError {
    if (!isReply(thrown)) return toAppError(thrown);
    const code = replyCode(thrown);
    if (code === 'LOST') return this.#lost();
    const refused = refusal?.(code, thrown.message.slice(code.length + 1));
    return refused ?? replyError(this.#opening.target.address, thrown);
  }

  #lost(): AppError {
    const error = storeLostError(this.#opening.namespace);
    if (!this.#isDead) this.#opening.onDeath(error);
    this.#isDead = true;
    return error;
  }
}

/** Tells the runs of a server, and the servers, apart. */
function runOf(info: string): string {
  return /^run_id:(\S+)/m.exec(info)?.[1] ?? '';
}

const newerRefusal: Refusal = (code, schema) =>
  code === 'NEWER'
    ? new AppError(
        'invalid',
        `the data in Redis were written by a newer logkit-fleet (schema ${schema}); ` +
          'run that version, or choose another prefix',
      )
    : null;
