import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { BufferFolders } from '../../agent/buffer/buffer-folders.ts';
import { BatchMemory } from '../../agent/runner/batch-memory.ts';
import type { Pipeline } from '../../agent/runner/pipeline.ts';
import { Runner, type RunnerDeps } from '../../agent/runner/runner.ts';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { CheckpointCommit, Checkpoints } from '../../shared/stores/checkpoint-store.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryCheckpointStore } from './memory-checkpoint-store.ts';

/** Checkpoints in memory that remember each commit as it was, and fail when told to. */
export class ScriptedCheckpoints extends MemoryCheckpointStore {
  readonly commits: CheckpointCommit[] = [];
  /** Throws what the disk says to the next commit or load. */
  disk: () => void = () => undefined;

  override async load(runner: string, freshEpoch: string): Promise<Checkpoints> {
    this.disk();
    return super.load(runner, freshEpoch);
  }

  override async commit(commit: CheckpointCommit): Promise<void> {
    this.disk();
    const kept = structuredClone(commit);
    this.commits.push(kept);
    await super.commit(kept);
  }
}

/** A fake clock that remembers how long it was asked to sleep. */
class LoggedClock extends FakeClock {
  readonly slept: number[] = [];

  override sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.slept.push(ms);
    return super.sleep(ms, signal);
  }
}

interface LogLine {
  readonly msg: string;
}

/** What runners in memory share: one process's clock, checkpoints and log. */
export class RunnerRig {
  readonly clock = new LoggedClock();
  readonly checkpoints = new ScriptedCheckpoints();
  readonly logged: LogLine[] = [];
  readonly audited: string[] = [];
  /** Made when it is first used. */
  readonly bufferDir = join(tmpdir(), `buffers-${randomUUID()}`);

  runner(pipeline: Pipeline, given: Partial<RunnerDeps> = {}): Runner {
    const destination = { write: (line: string) => this.logged.push(JSON.parse(line) as LogLine) };
    return new Runner({
      config: RunnerConfig.parse({ name: 'r1' }),
      pipeline,
      enrich: null,
      checkpoints: this.checkpoints,
      clock: this.clock,
      random: { next: () => 0 },
      log: pino({ base: null }, destination),
      audit: {
        write: (runner, batch, sent) => this.audited.push(`${runner} ${batch.origin} ${sent}`),
        close: () => Promise.resolve(),
      },
      redact: (text) => text,
      buffers: new BufferFolders(this.bufferDir),
      memory: new BatchMemory(64 * 1024 * 1024),
      ...given,
    });
  }

  started(pipeline: Pipeline, given: Partial<RunnerDeps> = {}): Runner {
    const runner = this.runner(pipeline, given);
    void runner.start();
    return runner;
  }
}

const DEADLINE_MS = 60_000;

/** Lets everything that is ready happen, until `isSo`; only files may take real time. */
export async function until(isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS;
  while (performance.now() < endMs) {
    if (isSo()) return;
    await setImmediate();
  }
  throw new Error(`in vain: ${isSo.toString()}`);
}

/** Lets everything that is ready happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
}
