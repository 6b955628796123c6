import { randomUUID } from 'node:crypto';

/** Names a life of a runner: two of one name must never have the same, or a sink would mix them up. */
export function freshEpoch(): string {
  return randomUUID();
}
