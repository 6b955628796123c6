import { sameSettlements, sideBySide } from '../engine/side-by-side.ts';
import type { Settlement, Verdict } from '../partition-store.ts';

/** What came of settlements: how many were done, where all were, which is what mostly happens; else each. */
export type Settled = number | readonly Verdict[];

/** Settlements on their way from thread to thread, those that are the same together. */
export function settlementsText(settlements: readonly Settlement[]): string {
  return JSON.stringify(sideBySide(settlements, sameSettlements));
}

/** Gives a `Settled`, of verdicts as the engine gives them. */
export function settledOf(verdicts: unknown): unknown {
  const isDone = Array.isArray(verdicts) && verdicts.every((verdict) => verdict === 'done');
  return isDone ? verdicts.length : verdicts;
}

export function verdictsOf(settled: Settled): readonly Verdict[] {
  return typeof settled === 'number' ? Array<Verdict>(settled).fill('done') : settled;
}
