import type { Partition } from '../../../domain/partition.ts';
import { partitionsOf, type Stretch } from '../engine/stretch.ts';

/** How many, and the first one's values by place, the two of 64 bits as text. */
export type ClaimedRow = ReturnType<typeof rowOf>;

/** Claimed ones on their way from thread to thread: a text costs less than objects, one without names the least. */
export function claimedText(stretches: readonly Stretch[]): string {
  return JSON.stringify(stretches.map(rowOf));
}

export function claimedOf(rows: readonly ClaimedRow[]): Partition[] {
  return rows.flatMap((row) => partitionsOf({ first: firstOf(row), count: row[0] }));
}

function firstOf(row: ClaimedRow): Partition {
  return {
    id: row[1],
    min: BigInt(row[2]),
    max: BigInt(row[3]),
    status: row[4],
    workerId: row[5],
    token: row[6],
    version: row[7],
    attempts: row[8],
    priority: row[9],
    nextRunAtMs: row[10],
    lastHeartbeatMs: row[11],
    error: row[12],
    options: row[13],
    checkpoint: row[14],
    items: row[15],
    createdAtMs: row[16],
    updatedAtMs: row[17],
  };
}

function rowOf({ first, count }: Stretch) {
  const { id, min, max, status, workerId, token, version, attempts, priority } = first;
  const { nextRunAtMs, lastHeartbeatMs, error, options, checkpoint, items } = first;
  return [
    ...([count, id, String(min), String(max), status, workerId, token, version, attempts] as const),
    ...([priority, nextRunAtMs, lastHeartbeatMs, error, options, checkpoint, items] as const),
    ...([first.createdAtMs, first.updatedAtMs] as const),
  ] as const;
}
