import { z } from 'zod';
import type { Partition } from '../../../domain/partition.ts';
import type { KeyValue } from '../../etcd/etcd-messages.ts';
import { idOfKey } from './etcd-keys.ts';

/** A transaction hands out fewer tokens than this. */
const TOKENS_A_REVISION = 256;

export interface Hold {
  /** The lease of etcd; empty: nobody holds it. */
  readonly lease: string;
  /** Whether its token is only the number of the claim within the transaction. */
  readonly isNew: boolean;
}

type Always = 'min' | 'max' | 'options' | 'createdAtMs' | 'updatedAtMs';

/** What is left out of the text. */
const USUAL = {
  ...{ status: 'pending', workerId: '', token: 0, version: 1, attempts: 0, priority: 0 },
  ...{ nextRunAtMs: 0, lastHeartbeatMs: 0, error: '', checkpoint: null, items: 0 },
  ...{ lease: '', claim: 0 },
} satisfies Partial<Plain>;

type Plain = Omit<Partition, 'id' | 'min' | 'max'> & {
  readonly min: string;
  readonly max: string;
  readonly lease: string;
  /** Not 0: a claim's number; the rest of the token is the revision that etcd gave to it. */
  readonly claim: number;
};
const UnusualText = z.custom<Partial<Plain> & Pick<Plain, Always>>();

/** Grows with each revision of etcd, and within it with each claim. */
export function tokenOf(revision: number, claim: number): number {
  return revision * TOKENS_A_REVISION + claim;
}

export function partitionText(partition: Partition, { lease, isNew }: Hold): string {
  const { token } = partition;
  // Field by field, for there are very many of them; what is not defined is left out.
  return JSON.stringify({
    min: String(partition.min),
    max: String(partition.max),
    options: partition.options,
    createdAtMs: partition.createdAtMs,
    updatedAtMs: partition.updatedAtMs,
    status: unusual(partition.status, USUAL.status),
    workerId: unusual(partition.workerId, USUAL.workerId),
    token: isNew ? undefined : unusual(token, USUAL.token),
    version: unusual(partition.version, USUAL.version),
    attempts: unusual(partition.attempts, USUAL.attempts),
    priority: unusual(partition.priority, USUAL.priority),
    nextRunAtMs: unusual(partition.nextRunAtMs, USUAL.nextRunAtMs),
    lastHeartbeatMs: unusual(partition.lastHeartbeatMs, USUAL.lastHeartbeatMs),
    error: unusual(partition.error, USUAL.error),
    checkpoint: unusual(partition.checkpoint, USUAL.checkpoint),
    items: unusual(partition.items, USUAL.items),
    lease: unusual(lease, USUAL.lease),
    claim: isNew ? token : undefined,
  });
}

export interface PartitionText {
  readonly partition: Partition;
  /** The lease of etcd; empty: nobody holds it. */
  readonly lease: string;
}

/** Its text is this program's own. */
export function readPartition({ key, value, revision }: KeyValue): PartitionText {
  const plain: Plain = { ...USUAL, ...UnusualText.parse(JSON.parse(value)) };
  const { status, workerId, token, version, attempts, priority, claim, lease } = plain;
  const { nextRunAtMs, lastHeartbeatMs, error, options, checkpoint, items } = plain;
  const { createdAtMs, updatedAtMs } = plain;
  const partition = {
    ...{ id: idOfKey(key), min: BigInt(plain.min), max: BigInt(plain.max), status, workerId },
    token: claim === 0 ? token : tokenOf(revision, claim),
    ...{ version, attempts, priority, nextRunAtMs, lastHeartbeatMs, error, options, checkpoint },
    ...{ items, createdAtMs, updatedAtMs },
  };
  return { partition, lease };
}

function unusual<T>(value: T, usual: T): T | undefined {
  return value === usual ? undefined : value;
}
