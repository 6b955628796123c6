import type { Partition } from '../../../domain/partition.ts';

/** A partition's values by place, the two of 64 bits as text. */
export type ClaimedRow = ReturnType<typeof rowOf>;

/** Claimed ones on their way from thread to thread: a text costs less than objects, one without names the least. */
export function claimedText(partitions: readonly Partition[]): string {
  return JSON.stringify(partitions.map(rowOf));
}

export function claimedOf(rows: readonly ClaimedRow[]): Partition[] {
  return rows.map((row) => ({
    id: row[0],
    min: BigInt(row[1]),
    max: BigInt(row[2]),
    status: row[3],
    workerId: row[4],
    token: row[5],
    version: row[6],
    attempts: row[7],
    priority: row[8],
    nextRunAtMs: row[9],
    lastHeartbeatMs: row[10],
    error: row[11],
    options: row[12],
    checkpoint: row[13],
    items: row[14],
    createdAtMs: row[15],
    updatedAtMs: row[16],
  }));
}

function rowOf(partition: Partition) {
  const { id, min, max, status, workerId, token, version, attempts, priority } = partition;
  const { nextRunAtMs, lastHeartbeatMs, error, options, checkpoint, items } = partition;
  return [
    ...([id, String(min), String(max), status, workerId, token, version, attempts] as const),
    ...([priority, nextRunAtMs, lastHeartbeatMs, error, options, checkpoint, items] as const),
    ...([partition.createdAtMs, partition.updatedAtMs] as const),
  ] as const;
}
