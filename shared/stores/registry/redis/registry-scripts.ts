import type { Clock } from '../../../kernel/clock.ts';
import { AppError, toAppError } from '../../../kernel/errors.ts';
import type { RandomSource } from '../../../kernel/random.ts';
import type { LuaScript } from '../../redis/lua-script.ts';
import type { RedisConnection } from '../../redis/redis-connection.ts';
import { isReply, replyCode, replyError } from '../../redis/redis-errors.ts';
import type { RedisTarget } from '../../redis/redis-place.ts';
import { RedisScripts, serverRun } from '../../redis/redis-scripts.ts';
import { ATTACH } from './place-scripts.ts';
import { REGISTRY_KEYS } from './registry-lua.ts';

interface Opening {
  readonly target: RedisTarget;
  readonly prefix: string;
  readonly graceMs: number;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** Runs the scripts of a registry. */
export class RegistryScripts {
  readonly #scripts: RedisScripts;
  readonly #keys: readonly string[];
  readonly #address: string;

  private constructor(scripts: RedisScripts, keys: readonly string[], address: string) {
    this.#scripts = scripts;
    this.#keys = keys;
    this.#address = address;
  }

  static async open({ target, prefix, graceMs, clock, random }: Opening): Promise<RegistryScripts> {
    const keys = keysOf(prefix);
    const attach = async (connection: RedisConnection) => {
      try {
        await connection.run(ATTACH, keys, [await serverRun(connection), String(graceMs)]);
      } catch (thrown) {
        throw errorOf(target.address, thrown);
      }
    };
    const scripts = await RedisScripts.open({ target, clock, random, attach });
    return new RegistryScripts(scripts, keys, target.address);
  }

  /** @throws AppError as the port says. */
  async run(script: LuaScript, words: readonly string[]): Promise<unknown> {
    try {
      return await this.#scripts.run(script, { keys: this.#keys, words });
    } catch (thrown) {
      throw errorOf(this.#address, thrown);
    }
  }

  close(): Promise<void> {
    return this.#scripts.close();
  }
}

/** The part in braces makes a cluster keep them together. */
function keysOf(prefix: string): readonly string[] {
  if (prefix === '' || /[{}]/.test(prefix)) {
    throw new AppError('invalid', `"${prefix}" cannot name keys: write a prefix without braces`);
  }
  return REGISTRY_KEYS.map((name) => `{${prefix}}:${name}`);
}

function errorOf(address: string, thrown: unknown): AppError {
  if (!isReply(thrown)) return toAppError(thrown);
  if (replyCode(thrown) !== 'NEWER') return replyError(address, thrown);
  return new AppError(
    'invalid',
    `the registry in ${address} was written by a newer logkit-fleet (${thrown.message}); ` +
      'run that version, or choose another prefix',
  );
}
