import type { PluginContext, Sender } from '../plugins/plugin.ts';
import type { NamedSender, Pipeline } from '../runner/pipeline.ts';

/** Sets of senders that nobody uses now; a runner has no more partitions at work than this. */
const IDLE_MAX = 100;

interface Pool {
  take(): Promise<readonly NamedSender[]>;
  takeBack(senders: readonly NamedSender[], isClean: boolean): Promise<void>;
}

/**
 * The senders of one attempt at a partition. They stay open for the attempts that follow, unless
 * something was still on its way to one of them.
 */
export class LentSenders {
  readonly #pool: Pool;
  #senders: readonly NamedSender[] | null = null;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** The same ones however often it is called: who takes them may close them. */
  async open(): Promise<readonly NamedSender[]> {
    this.#senders ??= await this.#pool.take();
    return this.#senders.map((named) => ({ ...named, sender: kept(named.sender), buffer: null }));
  }

  async giveBack(isClean: boolean): Promise<void> {
    const senders = this.#senders;
    this.#senders = null;
    if (senders !== null) await this.#pool.takeBack(senders, isClean);
  }
}

/** Sets of senders that are open and not in use. */
export class SenderPool implements Pool {
  readonly #pipeline: Pick<Pipeline, 'openSenders'>;
  readonly #idle: (readonly NamedSender[])[] = [];
  #isClosed = false;

  constructor(pipeline: Pick<Pipeline, 'openSenders'>) {
    this.#pipeline = pipeline;
  }

  /** What writes files is of one attempt alone: `local` is its context then; null: nothing does. */
  lend(local: PluginContext | null): LentSenders {
    if (local === null) return new LentSenders(this);
    return new LentSenders({
      take: () => this.#pipeline.openSenders(local),
      takeBack: closeAll,
    });
  }

  async take(): Promise<readonly NamedSender[]> {
    return this.#idle.pop() ?? (await this.#pipeline.openSenders());
  }

  async takeBack(senders: readonly NamedSender[], isClean: boolean): Promise<void> {
    if (isClean && !this.#isClosed && this.#idle.length < IDLE_MAX) this.#idle.push(senders);
    else await closeAll(senders);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await closeAll(this.#idle.splice(0).flat());
  }
}

async function closeAll(senders: readonly NamedSender[]): Promise<void> {
  await Promise.allSettled(senders.map(({ sender }) => sender.close()));
}

/** It stays open when whoever uses it closes it. */
function kept(sender: Sender): Sender {
  const { wants, sendsKey, holdsFiles } = sender;
  return {
    name: sender.name,
    ...(wants !== undefined && { wants }),
    ...(sendsKey !== undefined && { sendsKey }),
    ...(holdsFiles !== undefined && { holdsFiles }),
    send: (records, signal, delivery) => sender.send(records, signal, delivery),
    close: () => Promise.resolve(),
  };
}
