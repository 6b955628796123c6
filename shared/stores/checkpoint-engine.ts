import { AppError, toAppError } from '../kernel/errors.ts';
import { CheckpointTables, type CommitRows } from './checkpoint-tables.ts';
import type { Numbered, Reply } from './worker-rpc.ts';

/** What the store asks of its worker. `open` comes first and `close` last. */
export type CheckpointRequest =
  | { readonly op: 'open'; readonly path: string }
  | { readonly op: 'load'; readonly runner: string }
  | { readonly op: 'commit'; readonly commit: CommitRows }
  | { readonly op: 'forget'; readonly runner: string }
  | { readonly op: 'sink'; readonly path: string }
  | { readonly op: 'close' };

type Query = Exclude<CheckpointRequest, { readonly op: 'commit' }>;
type NumberedCommit = { readonly id: number; readonly commit: CommitRows };

/** Answers requests in the order they came; commits that stand side by side share a transaction. */
export class CheckpointEngine {
  #tables: CheckpointTables | null = null;

  answer(batch: readonly Numbered<CheckpointRequest>[]): Reply[] {
    const replies: Reply[] = [];
    let group: NumberedCommit[] = [];

    for (const { id, request } of batch) {
      if (request.op === 'commit') {
        group.push({ id, commit: request.commit });
      } else {
        replies.push(...this.#commit(group), this.#query(id, request));
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

  #query(id: number, request: Query): Reply {
    try {
      return reply(id, this.#result(request), null);
    } catch (thrown) {
      return reply(id, undefined, toAppError(thrown));
    }
  }

  #result(request: Query): unknown {
    switch (request.op) {
      case 'open':
        this.#tables = new CheckpointTables(request.path);
        return undefined;
      case 'load':
        return this.#open.load(request.runner);
      case 'forget':
        this.#open.forget(request.runner);
        return undefined;
      case 'sink':
        return this.#open.sink(request.path);
      case 'close':
        this.#open.close();
        this.#tables = null;
        return undefined;
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
