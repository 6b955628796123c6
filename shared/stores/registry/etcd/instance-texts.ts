import type { KeyValue } from '../../etcd/etcd-messages.ts';
import { LEFT_MS_MIN } from '../../etcd/lease-seconds.ts';
import { recordOf } from '../record-text.ts';
import type { Lease, StoredInstance } from '../registry-store.ts';
import { type Era, revisionOf } from './revisions.ts';

/** A text, and before it what its key's revision has below that of etcd. */
export function lowText(low: number, text: string): string {
  return `${low} ${text}`;
}

export interface LowText {
  readonly revision: number;
  readonly text: string;
}

export function readLowText(era: Era, { value, revision }: KeyValue): LowText {
  const at = value.indexOf(' ');
  return {
    revision: revisionOf(era, revision, Number(value.slice(0, at))),
    text: value.slice(at + 1),
  };
}

/** When a lease was renewed is only shown: how long it lasts etcd decides. */
export function leaseText(nowMs: number, ttlMs: number): string {
  return `${nowMs} ${ttlMs}`;
}

/** What is found of an instance. */
export interface InstanceKeys {
  readonly record: KeyValue | undefined;
  readonly live: KeyValue | undefined;
  readonly lease: KeyValue | undefined;
}

export function storedInstance(
  era: Era,
  { record, live, lease }: InstanceKeys,
  nowMs: number,
): StoredInstance | null {
  if (record === undefined) return null;
  const { revision, text } = readLowText(era, record);
  const leaseThere = live === undefined ? null : leaseOf(live, lease, nowMs);
  return { record: recordOf(text), revision, lease: leaseThere };
}

function leaseOf(live: KeyValue, lease: KeyValue | undefined, nowMs: number): Lease {
  // When it was renewed is gone with it.
  if (lease === undefined) return { leftMs: -1, sinceRenewMs: Number(live.value) };
  const [renewedMs = 0, ttlMs = 0] = lease.value.split(' ').map(Number);
  return {
    leftMs: Math.max(LEFT_MS_MIN, renewedMs + ttlMs - nowMs),
    sinceRenewMs: Math.max(0, nowMs - renewedMs),
  };
}
