import { AppError, toAppError } from '../kernel/errors.ts';
import type { BufferQuery, Seal } from './checkpoint-store.ts';
import { CheckpointTables, type CommitRows } from './checkpoint-tables.ts';
import type { Numbered, Reply } from './worker-rpc.ts';

/** What changes beside commits. */
export type Change =
  | { readonly what: 'seal'; readonly runner: string; readonly sender: string; readonly seal: Seal }
  | { readonly what: 'forget'; readonly runner: string }
  | { readonly what: 'dropDeadLetters'; readonly runner: string; readonly ids: readonly number[] };

export type Look =
  | { readonly what: 'load'; readonly runner: string; readonly freshEpoch: string }
  | { readonly what: 'sink'; readonly path: string }
  | ({ readonly what: 'buffered' } & BufferQuery)
  | { readonly what: 'lowestSegment'; readonly runner: string; readonly sender: string }
  | { readonly what: 'ledger'; readonly runner: string }
  | {
      readonly what: 'deadLetters';
      readonly runner: string;
      readonly afterId: number;
      max: number;
    };

type Query =
  | { readonly op: 'open'; readonly path: string }
  | { readonly op: 'close' }
  | { readonly op: 'backup'; readonly path: string }
  | { readonly op: 'change'; readonly change: Change }
  | { readonly op: 'look'; readonly look: Look };

/** What the store asks of its worker. `open` comes first and `close` last. */
export type CheckpointRequest = Query | { readonly op: 'commit'; readonly commit: CommitRows };

type NumberedCommit = { readonly id: number; readonly commit: CommitRows };

/** Answers requests in the order they came; commits that stand side by side share a transaction. */
export class CheckpointEngine {
  #tables: CheckpointTables | null = null;

  async answer(batch: readonly Numbered<CheckpointRequest>[]): Promise<Reply[]> {
    const replies: Reply[] = [];
    let group: NumberedCommit[] = [];

    for (const { id, request } of batch) {
      if (request.op === 'commit') {
        group.push({ id, commit: request.commit });
      } else {
        replies.push(...this.#commit(group), await this.#query(id, request));
        group = [];
      }
    }
    replies.push(...this.#commit(group));
    return replies;
  }

  #commit(group: readonly NumberedCommit[]): Reply[] {
    if (group.length === 0) return [];
    try {
      const refusals = this.#open.commit(group.map(({ commit }) => commit));
      return group.map(({ id }, index) => reply(id, undefined, refusals[index] ?? null));
    } catch (thrown) {
      return group.map(({ id }) => reply(id, undefined, toAppError(thrown)));
    }
  }

  async #query(id: number, request: Query): Promise<Reply> {
    try {
      return reply(id, await this.#result(request), null);
    } catch (thrown) {
      return reply(id, undefined, toAppError(thrown));
    }
  }

  async #result(request: Query): Promise<unknown> {
    switch (request.op) {
      case 'open':
        this.#tables = new CheckpointTables(request.path);
        return undefined;
      case 'close':
        this.#open.close();
        this.#tables = null;
        return undefined;
      case 'backup':
        await this.#open.backup(request.path);
        return undefined;
      case 'change':
        this.#change(request.change);
        return undefined;
      case 'look':
        return this.#look(request.look);
    }
  }

  #change(change: Change): void {
    const { runner } = change;
    switch (change.what) {
      case 'seal':
        this.#open.seal(runner, change.sender, change.seal);
        break;
      case 'forget':
        this.#open.forget(runner);
        break;
      case 'dropDeadLetters':
        this.#open.dropDeadLetters(runner, change.ids);
        break;
    }
  }

  #look(look: Look): unknown {
    switch (look.what) {
      case 'load':
        return this.#open.load(look.runner, look.freshEpoch);
      case 'sink':
        return this.#open.sink(look.path);
      case 'buffered':
        return this.#open.buffered(look);
      case 'lowestSegment':
        return this.#open.lowestSegment(look.runner, look.sender);
      case 'ledger':
        return this.#open.ledger(look.runner);
      case 'deadLetters':
        return this.#open.deadLetters(look.runner, look.afterId, look.max);
    }
  }

  get #open(): CheckpointTables {
    if (this.#tables === null) throw new AppError('unavailable', 'the checkpoint store is closed');
    return this.#tables;
  }
}

function reply(id: number, value: unknown, error: AppError | null): Reply {
  if (error === null) return { id, ok: true, value };
  return { id, ok: false, kind: error.kind, message: error.message };
}
