import type { SinkPosition } from '../../shared/stores/checkpoint-store.ts';

/** A record that the sink will not have: which one of its batch, and why. */
export interface Refused {
  readonly index: number;
  readonly reason: string;
}

/** Records that the sink will not have without saying which of the batch they are, and why. */
export interface RefusedSome {
  readonly count: number;
  readonly reason: string;
}

/**
 * What a sender has done with a batch that it accepted. The runner commits `positions` together
 * with the source's position, then calls `committed`; when it cannot commit it calls `undo`.
 */
export interface Acceptance {
  /** Records that the sink will never have; all others of the batch it has. Absent: none. */
  readonly refused?: readonly Refused[];
  /**
   * More such records, that nobody can tell from the ones that it has: none of them is a dead letter,
   * and they are lost. Absent: none.
   */
  readonly refusedSome?: RefusedSome;
  readonly positions: readonly SinkPosition[];
  committed(): void;
  /** Takes the batch back where the sink can; the batch will be sent again. */
  undo(): Promise<void>;
}

/** Of a batch that leaves nothing to commit or to take back. */
export const ACCEPTED: Acceptance = {
  positions: [],
  committed: () => undefined,
  undo: () => Promise.resolve(),
};
