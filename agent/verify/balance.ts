import { settledUnits } from '../../shared/domain/ledger.ts';
import type { LaneState } from '../../shared/stores/checkpoint-store.ts';

/** Whether what was read for a sender is what is settled or waits in its buffer. */
export interface Balance {
  readonly sender: string;
  readonly state: LaneState;
  readonly settledUnits: number;
  readonly isEven: boolean;
}

export function balanceOf(sender: string, state: LaneState): Balance {
  const settled = settledUnits(state.settled);
  const isEven =
    state.readUnits === settled + state.bufferedUnits &&
    state.readBytes === state.settledBytes + state.bufferedSourceBytes;
  return { sender, state, settledUnits: settled, isEven };
}
