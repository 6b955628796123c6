import type {
  CheckpointCommit,
  CheckpointStore,
  Checkpoints,
  SinkPosition,
} from '../../shared/stores/checkpoint-store.ts';

/** Checkpoints in memory: for tests of what uses them. */
export class MemoryCheckpointStore implements CheckpointStore {
  readonly #positions = new Map<string, Map<string, unknown>>();
  readonly #totals = new Map<string, unknown>();
  readonly #sinks = new Map<string, SinkPosition>();

  async load(runner: string): Promise<Checkpoints> {
    const positions = new Map(this.#positions.get(runner));
    return { positions, totals: this.#totals.get(runner) ?? null };
  }

  async commit({ runner, source, forgetSources, sinks, totals }: CheckpointCommit): Promise<void> {
    const positions = this.#positions.get(runner) ?? new Map<string, unknown>();
    this.#positions.set(runner, positions);
    for (const id of forgetSources ?? []) positions.delete(id);
    if (source !== undefined) positions.set(source.id, source.position);
    for (const sink of sinks) this.#sinks.set(sink.path, sink);
    this.#totals.set(runner, totals);
  }

  async forget(runner: string): Promise<void> {
    this.#positions.delete(runner);
    this.#totals.delete(runner);
  }

  async sink(path: string): Promise<SinkPosition | null> {
    return this.#sinks.get(path) ?? null;
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}
