import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../kernel/clock.ts';
import { AppError, toAppError } from '../../../kernel/errors.ts';
import type { RandomSource } from '../../../kernel/random.ts';
import type { LuaScript } from '../../redis/lua-script.ts';
import type { RedisConnection } from '../../redis/redis-connection.ts';
import { isReply, replyCode, replyError } from '../../redis/redis-errors.ts';
import type { RedisTarget } from '../../redis/redis-place.ts';
import { RedisScripts, type ScriptCall, serverRun } from '../../redis/redis-scripts.ts';
import { textOf } from '../../redis/replies.ts';
import type { StoreIdentity } from '../partition-store.ts';
import { otherStrategyError, storeLostError } from '../store-errors.ts';
import { namespaceKeys, placeKey } from './partition-keys.ts';

interface Opening {
  readonly target: RedisTarget;
  readonly prefix: string;
  readonly namespace: string;
  /** Names of the keys that each script is told, in that order. */
  readonly keys: readonly string[];
  /** Makes the namespace when there is none, and gives its incarnation. */
  readonly attach: LuaScript;
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
  #identity: StoreIdentity = { id: '', incarnation: '' };
  #scripts: RedisScripts | null = null;
  #isDead = false;

  private constructor(opening: Opening) {
    this.#opening = opening;
    this.#keys = namespaceKeys(opening.prefix, opening.namespace, opening.keys);
  }

  static async open(opening: Opening): Promise<NamespaceScripts> {
    const scripts = new NamespaceScripts(opening);
    const { target, clock, random } = opening;
    const attach = (connection: RedisConnection) => scripts.#attach(connection);
    scripts.#scripts = await RedisScripts.open({ target, clock, random, attach });
    return scripts;
  }

  get identity(): StoreIdentity {
    return this.#identity;
  }

  /** @throws AppError what `refusal` makes of a no, and else as the port says. */
  run(script: LuaScript, words: readonly string[], refusal?: Refusal): Promise<unknown> {
    return this.#run(script, { keys: this.#keys, words }, refusal);
  }

  /** Runs one that is told of more keys than those that all are; `names` are theirs. */
  runWith(names: readonly string[], script: LuaScript, words: readonly string[]): Promise<unknown> {
    const { prefix, namespace } = this.#opening;
    const keys = [...this.#keys, ...namespaceKeys(prefix, namespace, names)];
    return this.#run(script, { keys, words });
  }

  async #run(script: LuaScript, { keys, words }: ScriptCall, refusal?: Refusal): Promise<unknown> {
    try {
      return await this.#scripts?.run(script, {
        keys,
        words: [this.#identity.incarnation, ...words],
      });
    } catch (thrown) {
      throw this.#errorOf(thrown, refusal);
    }
  }

  /** Waits for what runs. */
  async close(): Promise<void> {
    await this.#scripts?.close();
  }

  /** Each connection may lead to another server than the one before it. */
  async #attach(connection: RedisConnection): Promise<void> {
    const { prefix, attach } = this.#opening;
    const { incarnation: known } = this.#identity;
    try {
      const run = await serverRun(connection);
      const attached = await connection.run(attach, this.#keys, [randomUUID(), known, run]);
      if (known !== '') return;
      const id = await connection.onOwner((owner) => placeId(owner, placeKey(prefix)));
      this.#identity = { id, incarnation: textOf(attached) };
    } catch (thrown) {
      const error = this.#errorOf(thrown, (code, text) => this.#notOpened(code, text));
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

  /** Why the namespace is none that can be worked on; what is told with it is what there is. */
  #notOpened(code: string, there: string): AppError | null {
    if (code === 'STRATEGY') return otherStrategyError(this.#opening.namespace, there);
    if (code !== 'NEWER') return null;
    return new AppError(
      'invalid',
      `the data in Redis were written by a newer logkit-fleet (schema ${there}); ` +
        'run that version, or choose another prefix',
    );
  }

  #lost(): AppError {
    const error = storeLostError(this.#opening.namespace);
    if (!this.#isDead) this.#opening.onDeath(error);
    this.#isDead = true;
    return error;
  }
}

/** Given by whoever comes first. */
async function placeId(connection: RedisConnection, key: string): Promise<string> {
  await connection.ask('SET', key, randomUUID(), 'NX');
  return textOf(await connection.ask('GET', key));
}
