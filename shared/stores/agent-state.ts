import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Low } from 'lowdb';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { KeyedQueue } from '../kernel/keyed-queue.ts';
import { JsonFile } from './json-file.ts';
import { JSON_SCHEMA_VERSION, requireKnownVersion } from './schema-version.ts';

const AgentFile = z.object({
  schema_version: z.literal(JSON_SCHEMA_VERSION).default(JSON_SCHEMA_VERSION),
  /** Null: nobody has set one over the API, the main configuration's counts. */
  tag: z.string().nullable().default(null),
  /** Names of runners that were stopped over the API and stay so over a restart. */
  stopped: z.array(z.string()).default([]),
});
type AgentFile = z.infer<typeof AgentFile>;

interface AgentStateOptions {
  /** The data_dir; it must exist. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * What an agent was told over its API and keeps over a restart, in `agent.json`. Reads are from
 * memory; a change that resolved is on the disk, one that failed has not happened.
 */
export class AgentState {
  readonly #file: Low;
  readonly #changes = new KeyedQueue();
  #kept: AgentFile;

  private constructor(file: Low, kept: AgentFile) {
    this.#file = file;
    this.#kept = kept;
  }

  /**
   * A damaged file is put aside as `agent.json.broken-<Unix ms>` with a warning, and the agent
   * starts without a tag of its own and with nothing stopped.
   * @throws AppError `invalid` when a newer version wrote the file, `unavailable` when the disk
   * refuses.
   */
  static async open({ dir, clock, log }: AgentStateOptions): Promise<AgentState> {
    const path = join(dir, 'agent.json');
    const file = new Low(new JsonFile(path), {});
    try {
      return new AgentState(file, await readKept(file, path));
    } catch (thrown) {
      if (!(thrown instanceof DamagedFile)) throw thrown;
      const aside = `${path}.broken-${clock.now()}`;
      await moveAside(path, aside);
      log.warn({ path, aside, reason: thrown.message }, 'agent state is damaged and put aside');
      return new AgentState(file, AgentFile.parse({}));
    }
  }

  tag(): string | null {
    return this.#kept.tag;
  }

  isStopped(runner: string): boolean {
    return this.#kept.stopped.includes(runner);
  }

  /** @throws AppError `unavailable` when the disk refuses. */
  setTag(tag: string): Promise<void> {
    return this.#change((kept) => ({ ...kept, tag }));
  }

  /** @throws AppError `unavailable` when the disk refuses. */
  setStopped(runner: string, isStopped: boolean): Promise<void> {
    return this.#change((kept) => {
      if (kept.stopped.includes(runner) === isStopped) return kept;
      const others = kept.stopped.filter((name) => name !== runner);
      return { ...kept, stopped: isStopped ? [...others, runner].sort() : others };
    });
  }

  #change(next: (kept: AgentFile) => AgentFile): Promise<void> {
    return this.#changes.run('file', async () => {
      const kept = next(this.#kept);
      if (kept === this.#kept) return;
      this.#file.data = kept;
      await this.#file.write();
      this.#kept = kept;
    });
  }
}

class DamagedFile extends Error {}

async function readKept(file: Low, path: string): Promise<AgentFile> {
  try {
    await file.read();
  } catch (cause) {
    if (cause instanceof AppError && cause.kind === 'invalid') {
      throw new DamagedFile(cause.message, { cause });
    }
    throw cause;
  }
  requireKnownVersion(file.data, path);
  const result = AgentFile.safeParse(file.data);
  if (result.success) return result.data;
  throw new DamagedFile(z.prettifyError(result.error), { cause: result.error });
}

async function moveAside(path: string, aside: string): Promise<void> {
  try {
    await rename(path, aside);
  } catch (cause) {
    throw new AppError('unavailable', `cannot move ${path} aside: ${messageOf(cause)}`, { cause });
  }
}
