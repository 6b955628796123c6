import type { PartitionConfig } from '../../shared/domain/partition-config.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { CheckpointStore } from '../../shared/stores/checkpoint-store.ts';
import { cleanerRule } from '../cleaner/cleaner-options.ts';
import type { Catalog } from '../plugins/catalog.ts';
import type { PartitionedSource, PartitionSettings } from '../plugins/plugin.ts';
import type { BuiltPipeline } from '../runner/pipeline.ts';
import { type Policy, requireWritable } from '../runner/policy.ts';
import type { RunnerDeps } from '../runner/runner.ts';
import { PartitionedRunner } from './partitioned-runner.ts';
import type { SharedPlace } from './shared-place.ts';
import { publishedPath } from './stage-names.ts';

interface PrepareDeps {
  readonly sharedPlace: SharedPlace | null;
  readonly workerId: string;
  readonly catalog: Catalog;
  readonly policy: Policy;
  readonly checkpoints: CheckpointStore;
  readonly pipeline: BuiltPipeline;
  readonly runner: Omit<RunnerDeps, 'pipeline' | 'checkpoints'>;
}

/**
 * Makes a runner whose work agents share; nothing is opened yet that stays open.
 * @throws AppError `invalid` where the work cannot be shared, `forbidden` (policy).
 */
export async function partitionedRunner(
  partition: PartitionConfig,
  deps: PrepareDeps,
): Promise<PartitionedRunner> {
  const { sharedPlace, workerId, pipeline, checkpoints, runner } = deps;
  if (sharedPlace === null) {
    throw invalid(
      'no store is set in which agents share their work: set "store" in the main configuration',
    );
  }
  const open = sharedBy(deps);
  const settings = { size: partition.size === undefined ? null : BigInt(partition.size) };
  const openSource = () => open(settings);
  // What is wrong with the reader's options shows now.
  await openSource().close();
  await requirePublishable(partition, deps);
  return new PartitionedRunner({
    ...{ partition, workerId, pipeline, openSource, checkpoints, runner },
    shared: sharedPlace(`runner/${partition.key}`, partition.strategy),
    letters: sharedPlace(`runner/${partition.key}/letters`, 'hash'),
  });
}

function sharedBy({ pipeline, runner: { config }, catalog }: PrepareDeps) {
  const { reader, metric = [], cleaner } = config;
  if (cleanerRule(cleaner) !== null) {
    throw invalid('a cleaner does not know what other agents have read; remove one of the two');
  }
  const open: ((settings: PartitionSettings) => PartitionedSource) | null = pipeline.openPartitions;
  if (open !== null) return open;
  const known = catalog.readers.filter(({ hasPartitions }) => hasPartitions);
  const mode = metric.length > 0 ? 'metric' : (reader?.['mode'] ?? 'dir');
  const names = known.map(({ type }) => type).join(', ');
  throw invalid(`what the reader ${mode} reads cannot be shared; that of ${names} can`);
}

/** Whole partitions take names of their own, beside what the sender is told. */
async function requirePublishable({ key }: PartitionConfig, deps: PrepareDeps): Promise<void> {
  for (const path of deps.pipeline.writePaths) {
    const published = publishedPath(path, { key, partitionId: 1 });
    await requireWritable(deps.policy, published);
    if (deps.pipeline.reads(published)) {
      throw invalid(`the runner would read what it writes: ${published}`);
    }
  }
}

function invalid(why: string): AppError {
  return new AppError('invalid', `partition: ${why}`);
}
