import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { BufferFolders } from '../../../agent/buffer/buffer-folders.ts';
import type { BufferLimits } from '../../../agent/buffer/buffer-options.ts';
import { rawParser } from '../../../agent/plugins/parsers/raw.ts';
import { BatchMemory } from '../../../agent/runner/batch-memory.ts';
import type { Pipeline } from '../../../agent/runner/pipeline.ts';
import { Runner } from '../../../agent/runner/runner.ts';
import { RunnerConfig } from '../../../shared/domain/runner-config.ts';
import { seededRandom } from '../../delivery/support/seeded-random.ts';
import { FakeClock } from '../fake-clock.ts';
import { MemoryCheckpointStore } from '../memory-checkpoint-store.ts';
import { pluginContext } from '../plugin-context.ts';
import { Life, storeIn } from './life.ts';
import { FileSink, KeyedSink, type Mood, type WorldSink } from './world-sinks.ts';
import { WorldSources } from './world-sources.ts';

export const RUNNER = 'r1';
const STEP_MS = 500;
const STOP_MS = 2_000;
const TURNS_MAX = 1_000;
/** So many turns without anything to do for the system say that all is waiting for the clock. */
const QUIET_TURNS = 4;

/**
 * Runners whose life has ended. Nobody closes their files for them, as a kernel would, and Node ends
 * a process in which an open file is forgotten: so they are remembered.
 */
const DEAD: Runner[] = [];

export interface SinkPlan {
  readonly kind: 'keyed' | 'strict' | 'file';
  readonly buffer: 'none' | 'block' | 'drop_oldest';
  /** Few batches fill it. */
  readonly bytesMax: number;
}

export type Action =
  | {
      readonly do: 'append';
      readonly source: number;
      readonly lines: number;
      readonly isBad: boolean;
    }
  | { readonly do: 'mood'; readonly sink: number; readonly mood: Mood }
  | { readonly do: 'pass'; readonly steps: number }
  | { readonly do: 'losing'; readonly isLosing: boolean }
  | { readonly do: 'stop' }
  | { readonly do: 'kill'; readonly afterSteps: number };

interface WorldPlan {
  readonly sinks: readonly SinkPlan[];
  readonly sources: number;
  readonly seed: number;
}

/**
 * A runner between sources and sinks that outlive it. Only its time, its sinks, its source and the
 * moments at which it dies are made up; the lanes, their buffers on the disk and the checkpoints are
 * the real ones.
 */
export class LaneWorld {
  readonly store = new MemoryCheckpointStore();
  readonly sources: WorldSources;
  readonly sinks: readonly WorldSink[];
  readonly #plan: WorldPlan;
  readonly #dir: string;
  readonly #check: (world: LaneWorld) => void;
  #lives = 0;
  #life = new Life();
  #clock = new FakeClock();
  #runner: Runner;

  private constructor(plan: WorldPlan, dir: string, check: (world: LaneWorld) => void) {
    this.#plan = plan;
    this.#dir = dir;
    this.#check = check;
    this.sources = new WorldSources(Array.from({ length: plan.sources }, (_, n) => `s${n}`));
    this.sinks = plan.sinks.map(({ kind }, n) =>
      kind === 'file' ? new FileSink(`t${n}`) : new KeyedSink(`t${n}`, kind === 'strict'),
    );
    this.#runner = this.#begin();
  }

  /** `check` is asked whenever the system has come to rest. */
  static async create(plan: WorldPlan, check: (world: LaneWorld) => void): Promise<LaneWorld> {
    return new LaneWorld(plan, await mkdtemp(join(tmpdir(), 'lane-world-')), check);
  }

  get progress() {
    return this.#runner.progress;
  }

  async act(action: Action): Promise<void> {
    switch (action.do) {
      case 'append': {
        const { names } = this.sources;
        const name = names[action.source % names.length] ?? '';
        this.sources.append(name, action.lines, action.isBad);
        break;
      }
      case 'mood':
        this.#sink(action.sink).temper.become(action.mood);
        break;
      case 'losing':
        this.sources.isLosing = action.isLosing;
        break;
      case 'pass':
        await this.#pass(action.steps);
        break;
      case 'stop':
        await this.#stop();
        this.#runner = this.#begin();
        break;
      case 'kill':
        await this.#kill(action.afterSteps);
        this.#runner = this.#begin();
        break;
    }
  }

  /** All sinks are well from now on, and everything arrives. */
  async drain(): Promise<void> {
    for (const { temper } of this.sinks) temper.become('well');
    for (let turn = 0; turn < TURNS_MAX; turn += 1) {
      if (this.#isDrained) return;
      await this.#pass(1);
    }
    throw new Error(`it never drains: ${JSON.stringify(this.progress)}`);
  }

  /** The buffers' files. */
  async bufferFiles(): Promise<string[]> {
    const names = await readdir(this.#dir, { recursive: true });
    return names.filter((name) => name.endsWith('.seg'));
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.store.close();
    await rm(this.#dir, { recursive: true });
  }

  get #isDrained(): boolean {
    const { ledger, bufferedBatches } = this.progress;
    const lanes = this.sinks.map(({ name }) => ledger[name]);
    const isIdle = bufferedBatches === 0 && lanes.every((lane) => lane?.inFlight.units === 0);
    return isIdle && lanes.every((lane) => lane?.read.units === this.sources.lineCount);
  }

  #sink(nth: number): WorldSink {
    const sink = this.sinks[nth % this.sinks.length];
    if (sink === undefined) throw new Error('a world has sinks');
    return sink;
  }

  #begin(): Runner {
    this.#lives += 1;
    const life = new Life();
    const clock = new FakeClock(this.#clock.now());
    this.#life = life;
    this.#clock = clock;
    const checkpoints = storeIn(life, this.store);
    const random = seededRandom(this.#plan.seed, `life ${this.#lives}`);
    const pipeline: Pipeline = {
      limits: { lines: 0, bytes: 256, lingerMs: 0, lineBytes: 0 },
      openReader: (opening) => this.sources.reader(opening, life, clock, random),
      openParser: () => rawParser.configure({ timestamp: 'false' }).open(pluginContext()),
      openTransforms: () => [],
      openSenders: () =>
        Promise.all(
          this.sinks.map(async (sink, n) => ({
            name: sink.name,
            sender: await sink.open(life, checkpoints),
            buffer: limitsOf(this.#plan.sinks[n]),
            route: null,
          })),
        ),
    };
    const runner = new Runner({
      ...{ config: RunnerConfig.parse({ name: RUNNER }), pipeline, enrich: null },
      ...{ checkpoints, clock, random, log: pino({ level: 'silent' }) },
      audit: { write: () => undefined, close: () => Promise.resolve() },
      redact: (text) => text,
      buffers: new BufferFolders(this.#dir),
      memory: new BatchMemory(64 * 1024 * 1024),
    });
    void runner.start();
    return runner;
  }

  async #pass(steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      await this.#quiet();
      this.#clock.advance(STEP_MS);
    }
    await this.#quiet();
  }

  async #stop(): Promise<void> {
    const stopped = this.#runner.stop(STOP_MS).then(() => true);
    for (let turn = 0; turn < TURNS_MAX; turn += 1) {
      await this.#quiet();
      if (await Promise.race([stopped, setImmediate(false)])) return;
      this.#clock.advance(STEP_MS);
    }
    throw new Error('it never stops');
  }

  /** It dies when it has done so many steps more, or after a while. */
  async #kill(afterSteps: number): Promise<void> {
    this.#life.endAfter(afterSteps);
    for (let turn = 0; turn < 8 && !this.#life.isOver; turn += 1) await this.#pass(1);
    this.#life.endAfter(0);
    DEAD.push(this.#runner);
    // What it has asked of the disk already is done, as by a kernel.
    await this.#quiet();
  }

  /** Lets everything happen that does not wait for the clock. */
  async #quiet(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; ) {
      await setImmediate();
      const isBusy = process.getActiveResourcesInfo().some(isOfDisk);
      quiet = isBusy ? 0 : quiet + 1;
    }
    if (!this.#life.isOver) this.#check(this);
  }
}

function isOfDisk(resource: string): boolean {
  return resource.startsWith('FSReq') || resource === 'CloseReq';
}

function limitsOf(plan: SinkPlan | undefined): BufferLimits | null {
  if (plan === undefined || plan.buffer === 'none') return null;
  return { bytesMax: plan.bytesMax, segmentBytesMax: 60, whenFull: plan.buffer };
}
