import type { Processor, TaskTools } from '../../shared/coordinator/processor.ts';
import type { Partition } from '../../shared/domain/partition.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { DeadLetter } from '../../shared/stores/checkpoint-store.ts';
import type { PartitionedSource, PluginContext } from '../plugins/plugin.ts';
import type { BuiltPipeline } from '../runner/pipeline.ts';
import { Runner, type RunnerDeps, type RunnerEnd } from '../runner/runner.ts';
import { type LentSenders, type SenderPool } from './lent-senders.ts';
import { ownedReader, sourcePrefix } from './owned-reader.ts';
import { PartitionCheckpoints } from './partition-checkpoints.ts';
import type { PartitionTally } from './partition-tally.ts';
import type { StageOwner } from './stage-names.ts';
import type { StageSweep } from './stage-sweep.ts';
import { StagedFiles } from './staged-files.ts';

interface ProcessorDeps {
  readonly key: string;
  /** The same on all agents, as long as the data of the store are the same. */
  readonly epoch: string;
  readonly pipeline: BuiltPipeline;
  readonly source: PartitionedSource;
  readonly senders: SenderPool;
  readonly sweep: StageSweep;
  readonly tally: PartitionTally;
  readonly runner: Omit<RunnerDeps, 'pipeline' | 'checkpoints'>;
  readonly keepLetters: (letters: readonly DeadLetter[]) => Promise<void>;
  /** So long what is in flight may take when the runner is stopped. */
  readonly stopMs: () => number;
}

/** Reads partitions: each by a runner of its own, which ends when the partition was read whole. */
export class PartitionProcessor implements Processor {
  readonly #deps: ProcessorDeps;

  constructor(deps: ProcessorDeps) {
    this.#deps = deps;
  }

  async process(
    min: bigint,
    max: bigint,
    options: Partition['options'],
    tools: TaskTools,
  ): Promise<number> {
    const { key, pipeline, tally } = this.#deps;
    const owner: StageOwner = { key, partitionId: tools.id, token: tools.token };
    const checkpoints = this.#checkpoints(tools);
    const staged = this.#staged(owner);
    const local = this.#writesFiles
      ? localContext(pipeline.context, staged, checkpoints.atMs)
      : null;
    const lent = this.#deps.senders.lend(local);
    const partition = { id: tools.id, min, max, options };
    const runner = this.#runner(partition, checkpoints, lent);
    const ended = tally.begin(partition, runner);
    let isWhole = false;
    try {
      const end = await endOf(runner, tools.signal, this.#deps.stopMs);
      requireWhole(end, tools.signal);
      isWhole = true;
      if (this.#writesFiles) {
        // Whoever has lost the partition meanwhile is told here, and puts nothing in its place.
        await checkpoints.save();
        await staged.publish();
        await checkpoints.keepGathered();
      }
      return runner.progress.totals.reader.success;
    } finally {
      ended();
      await lent.giveBack(isWhole);
      await staged.discard();
    }
  }

  get #writesFiles(): boolean {
    return this.#deps.pipeline.writePaths.length > 0;
  }

  #checkpoints({ checkpoint, save }: TaskTools): PartitionCheckpoints {
    const { epoch, keepLetters, pipeline, runner } = this.#deps;
    const { limits } = pipeline;
    return new PartitionCheckpoints({
      ...{ epoch, keepLetters, checkpoint, save, isAnew: this.#writesFiles },
      nowMs: runner.clock.now(),
      limits: { ...limits, bytes: runner.memory.batchBytes(limits.bytes) },
    });
  }

  #staged(owner: StageOwner): StagedFiles {
    const { sweep, pipeline } = this.#deps;
    const onFolder = (folder: string) => sweep.sweep(folder, owner);
    return new StagedFiles(owner, pipeline.context.isSynced, onFolder);
  }

  #runner(
    partition: Parameters<PartitionedSource['open']>[0],
    checkpoints: PartitionCheckpoints,
    lent: LentSenders,
  ): Runner {
    const { key, pipeline, source, runner } = this.#deps;
    const { memory, config } = runner;
    const prefix = sourcePrefix(key, partition.id);
    return new Runner({
      ...runner,
      // Sinks know what they are sent by the key, whatever an agent calls its runner.
      ...{ config: { ...config, name: key }, checkpoints },
      // How large a batch may be was decided by the first attempt.
      memory: { join: () => memory.join(), batchBytes: (wanted) => wanted },
      mayTryAgain: ({ kind }) => kind === 'unavailable' || kind === 'timeout',
      pipeline: {
        ...pipeline,
        limits: checkpoints.limits,
        openSenders: () => lent.open(),
        openReader: (opening) =>
          ownedReader(prefix, opening, (inner) => source.open(partition, inner)),
      },
    });
  }
}

async function endOf(
  runner: Runner,
  signal: AbortSignal,
  stopMs: () => number,
): Promise<RunnerEnd> {
  const stop = () => void runner.stop(isHandedBack(signal) ? stopMs() : 0);
  signal.addEventListener('abort', stop, { once: true });
  const ending = runner.start();
  if (signal.aborted) stop();
  try {
    return await ending;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Whether the partition is this agent's for as long as it takes to finish a batch. */
function isHandedBack({ reason }: AbortSignal): boolean {
  return reason instanceof AppError && reason.details['code'] === 'stopped';
}

function requireWhole(end: RunnerEnd, signal: AbortSignal): void {
  if (end.how === 'failed') throw end.error;
  if (end.how === 'whole') return;
  throw signal.reason ?? new AppError('unavailable', 'the partition was not read to its end');
}

/** For senders that write files: beside their places, with the dates of the first attempt. */
function localContext(context: PluginContext, files: StagedFiles, atMs: number): PluginContext {
  const { clock } = context;
  const still: Clock = {
    now: () => atMs,
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
  return { ...context, files, clock: still };
}
