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

type Plain = Omit<Partition, 'id' | 'min' | 'max'> & {
  readonly min: string;
  readonly max: string;
  readonly lease: string;
  /** Not 0: a claim's number; the rest of the token is the revision that etcd gave to it. */
  readonly claim: number;
};

type Always = 'min' | 'max' | 'options' | 'createdAtMs' | 'updatedAtMs';

/** What is left out of the text. */
const USUAL: Omit<Plain, Always> = {
  ...{ status: 'pending', workerId: '', token: 0, version: 1, attempts: 0, priority: 0 },
  ...{ nextRunAtMs: 0, lastHeartbeatMs: 0, error: '', checkpoint: null, items: 0 },
  ...{ lease: '', claim: 0 },
};
const UnusualText = z.custom<Partial<Plain> & Pick<Plain, Always>>();
/** The ID is in the key. */
const USUALLY = new Map<string, unknown>([...Object.entries(USUAL), ['id', 0]]);

/** Grows with each revision of etcd, and within it with each claim. */
export function tokenOf(revision: number, claim: number): number {
  return revision * TOKENS_A_REVISION + claim;
}

export function partitionText(partition: Partition, { lease, isNew }: Hold): string {
  const { min, max, token } = partition;
  const claimed = isNew ? { token: 0, claim: token } : { token };
  const all = { ...partition, ...claimed, lease, id: 0, min: String(min), max: String(max) };
  const unusual = Object.entries(all).filter(([name, value]) => USUALLY.get(name) !== value);
  return JSON.stringify(Object.fromEntries(unusual));
}

export interface PartitionText {
  readonly partition: Partition;
  /** The lease of etcd; empty: nobody holds it. */
  readonly lease: string;
}

/** Its text is this program's own. */
export function readPartition({ key, value, revision }: KeyValue): PartitionText {
  const plain: Plain = { ...USUAL, ...UnusualText.parse(JSON.parse(value)) };
  const { lease, claim, min, max, token, ...rest } = plain;
  return {
    lease,
    partition: {
      ...rest,
      ...{ id: idOfKey(key), min: BigInt(min), max: BigInt(max) },
      token: claim === 0 ? token : tokenOf(revision, claim),
    },
  };
}
