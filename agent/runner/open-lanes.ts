import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import type { AppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import {
  type CheckpointStore,
  type Checkpoints,
  isHeadSeal,
} from '../../shared/stores/checkpoint-store.ts';
import type { BufferFolders } from '../buffer/buffer-folders.ts';
import { SenderBuffer } from '../buffer/sender-buffer.ts';
import type { SealedRange, SourceBatch } from '../plugins/plugin.ts';
import type { Commits } from './commits.ts';
import { Lane } from './lane.ts';
import type { NamedSender, Pipeline } from './pipeline.ts';
import type { Work } from './process.ts';

interface Opening {
  readonly saved: Checkpoints;
  readonly senders: readonly NamedSender[];
  readonly commits: Commits;
  readonly process: (batch: SourceBatch) => Work;
  readonly onError: (sender: string, error: AppError) => void;
  readonly onLost: (sender: string, reason: string, records: number) => void;
}

interface LaneDeps {
  readonly config: RunnerConfig;
  readonly pipeline: Pick<Pipeline, 'limits'>;
  readonly checkpoints: Pick<CheckpointStore, 'buffered' | 'lowestSegment'>;
  readonly buffers: BufferFolders;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** A lane a sender, each with what the checkpoints know of it. */
export function openLanes(
  { saved, senders, ...shared }: Opening,
  { config, checkpoints, pipeline, clock, random, buffers }: LaneDeps,
): readonly Lane[] {
  return senders.map((named) => {
    const { name } = named;
    const state = saved.lanes.get(name);
    const buffer = new SenderBuffer(
      {
        ...{ runner: config.name, sender: name, limits: named.buffer, checkpoints },
        dir: buffers.of(config.name, name),
        isSynced: config.durability === 'power',
      },
      state,
    );
    return new Lane({
      ...shared,
      ...{ named, buffer, state, seal: saved.seals.get(name), sealed: sealedBySource(saved) },
      ...{ runner: config.name, epoch: saved.epoch, limits: pipeline.limits, clock, random },
    });
  });
}

/** What has to be read again just as it was sent. */
export function sealedBySource({ seals }: Checkpoints): ReadonlyMap<string, SealedRange> {
  const heads = [...seals].filter(([name]) => isHeadSeal(name));
  return new Map(heads.map(([, { source, ...range }]) => [source, range]));
}

/** Senders that had something buffered and are not configured any more. */
export function orphans({ lanes }: Checkpoints, senders: readonly NamedSender[]): string[] {
  const names = new Set(senders.map(({ name }) => name));
  return [...lanes]
    .filter(([name, { bufferedBatches }]) => bufferedBatches > 0 && !names.has(name))
    .map(([name]) => name);
}
