import { z } from 'zod';
import type { IdRange } from '../../../domain/id-range.ts';
import { PARTITION_STATUSES, type PartitionCounts } from '../../../domain/partition.ts';
import { AppError } from '../../../kernel/errors.ts';
import { EPOCHS_LOST_MAX, TOKENS_LOST_MAX } from '../lost-max.ts';
import { type NamespaceSnapshot, NEW_SNAPSHOT } from '../memory/memory-partition-data.ts';

/** A double does not hold 64 bits. */
const IdText = z.string().transform(BigInt);
const Range = z.tuple([IdText, IdText]).transform(([min, max]): IdRange => ({ min, max }));
const Ids = z.array(z.number());
const PartitionJson = z.object({
  ...{ id: z.number(), min: IdText, max: IdText, status: z.enum(PARTITION_STATUSES) },
  ...{ workerId: z.string(), token: z.number(), version: z.number(), attempts: z.number() },
  ...{ priority: z.number(), nextRunAtMs: z.number(), lastHeartbeatMs: z.number() },
  ...{ error: z.string(), options: z.record(z.string(), z.unknown()), checkpoint: z.unknown() },
  ...{ items: z.number(), createdAtMs: z.number(), updatedAtMs: z.number() },
});
const CommandJson = z.object({
  ...{ id: z.string(), submittedAtMs: z.number() },
  retry: z.object({ ids: Ids.nullable(), isForced: z.boolean(), limit: z.number() }),
  done: z
    .object({ atMs: z.number(), retried: z.object({ retried: Ids, skipped: Ids }) })
    .nullable(),
});
const DocumentJson = z.object({
  restarts: z.number(),
  state: z.object({
    turn: z.object({ candidate: z.string(), epoch: z.number() }),
    plannedTo: IdText.nullable(),
    ...{ lastPartitionId: z.number(), lastToken: z.number() },
    ...{ mark: z.string(), isPaused: z.boolean() },
  }),
  partitions: z.array(PartitionJson),
  completed: z.array(Range),
  completedIds: z.array(Range),
  workers: z.array(z.object({ workerId: z.string(), sinceMs: z.number(), lastSeenMs: z.number() })),
  commands: z.array(CommandJson),
});

/**
 * A namespace as a text that people can read, too. What the locks tell is not in it, and `counts`
 * is there for people alone.
 */
export function documentText(
  snapshot: NamespaceSnapshot,
  counts: PartitionCounts,
  restarts: number,
): string {
  const { state, rows, completed, completedIds, workers, commands } = snapshot;
  const plannedTo = state.plannedTo === null ? null : String(state.plannedTo);
  const partitions = rows.map(({ partition }) => partition).toSorted((a, b) => a.id - b.id);
  return JSON.stringify({
    ...{ restarts, counts },
    state: { ...state, plannedTo, leaderUntilMs: undefined },
    partitions: partitions.map((each) => ({
      ...each,
      ...{ min: String(each.min), max: String(each.max) },
    })),
    completed: completed.map(rangeTexts),
    completedIds: completedIds.map(rangeTexts),
    workers: workers.map((worker) => ({ ...worker, untilMs: undefined })),
    commands,
  });
}

/**
 * What a text tells. Of a place that was started anew since it was written the tokens and epochs
 * go on far behind those that it may have given, and nobody leads.
 * @throws AppError `internal` for a text that is damaged.
 */
export function snapshotOf(text: string, restarts: number): NamespaceSnapshot {
  if (text === '') return NEW_SNAPSHOT;
  const { state, partitions, workers, ...json } = parsed(text);
  const forgot = restarts - json.restarts;
  const { candidate, epoch } = state.turn;
  return {
    state: {
      ...state,
      turn: {
        candidate: forgot === 0 ? candidate : '',
        epoch: epoch + forgot * EPOCHS_LOST_MAX,
      },
      lastToken: state.lastToken + forgot * TOKENS_LOST_MAX,
      leaderUntilMs: 0,
    },
    rows: partitions.map((partition) => ({ partition, leaseUntilMs: 0 })),
    ...{ completed: json.completed, completedIds: json.completedIds, commands: json.commands },
    workers: workers.map((worker) => ({ ...worker, untilMs: 0 })),
  };
}

function parsed(text: string): z.output<typeof DocumentJson> {
  const { success, data, error } = DocumentJson.safeParse(jsonOf(text));
  if (success) return data;
  throw damaged(z.prettifyError(error), error);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw damaged('it is no JSON', thrown);
  }
}

function damaged(what: string, cause: unknown): AppError {
  return new AppError('internal', `the document of the partitions is damaged: ${what}`, { cause });
}

function rangeTexts({ min, max }: IdRange): [string, string] {
  return [String(min), String(max)];
}
