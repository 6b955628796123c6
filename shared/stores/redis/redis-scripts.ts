import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { RandomSource } from '../../kernel/random.ts';
import type { LuaScript } from './lua-script.ts';
import type { RedisConnection } from './redis-connection.ts';
import { RedisLink } from './redis-link.ts';
import type { RedisTarget } from './redis-place.ts';
import { textOf } from './replies.ts';

interface Opening {
  readonly target: RedisTarget;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Makes a new connection, which may lead to another server than the one before, fit for use. */
  readonly attach: (connection: RedisConnection) => Promise<void>;
}

export interface ScriptCall {
  readonly keys: readonly string[];
  readonly words: readonly string[];
}

/** Runs scripts on a server, and waits at its end for those that run. */
export class RedisScripts {
  readonly #link: RedisLink;
  readonly #running = new Set<Promise<unknown>>();
  #isClosing = false;

  private constructor(link: RedisLink) {
    this.#link = link;
  }

  static async open(opening: Opening): Promise<RedisScripts> {
    return new RedisScripts(await RedisLink.open(opening));
  }

  /** @throws the answer that says no, as it is; AppError `unavailable` or `timeout` for none. */
  async run(script: LuaScript, { keys, words }: ScriptCall): Promise<unknown> {
    if (this.#isClosing) throw new AppError('unavailable', 'the store is closed');
    const running = this.#link.connection.run(script, keys, words);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled(this.#running);
    await this.#link.close();
  }
}

/** Tells the runs of a server, and the servers, apart. */
export async function serverRun(connection: RedisConnection): Promise<string> {
  const info = textOf(await connection.ask('INFO', 'server'));
  return /^run_id:(\S+)/m.exec(info)?.[1] ?? '';
}
