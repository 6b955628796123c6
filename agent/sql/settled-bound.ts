import type { Clock } from '../../shared/kernel/clock.ts';
import type { SqlDialect, SqlSession } from './sql-session.ts';

/** Between two looks whether those who are waited for have ended; InnoDB tells news every 100 ms. */
const LOOK_MS = 200;

export interface SettlingDeps {
  readonly session: SqlSession;
  readonly dialect: SqlDialect;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** So long a key may have been given out before its transaction shows. */
  readonly settleMs: number;
  /** Whether transactions are looked at, or only waited so long. */
  readonly isWatching: boolean;
  /** How many are waited for. */
  readonly onWaiting: (open: number) => void;
}

/**
 * Resolves when no row can come any more whose key is not beyond the highest one that was there
 * when this was called: everyone who was writing then has ended. Keys that are given out later are
 * higher. False when the signal aborts first.
 */
export async function everyoneSettled(deps: SettlingDeps): Promise<boolean> {
  const { clock, signal, settleMs, isWatching, onWaiting } = deps;
  await clock.sleep(settleMs, signal);
  const isOver = (): boolean => signal.aborted;
  if (isOver() || !isWatching) return !isOver();
  let open = await openNow(deps);
  onWaiting(open.size);
  while (open.size > 0) {
    await clock.sleep(LOOK_MS, signal);
    if (isOver()) return false;
    const still = await openNow(deps);
    open = new Set([...open].filter((name) => still.has(name)));
    onWaiting(open.size);
  }
  return true;
}

async function openNow({ session, dialect }: SettlingDeps): Promise<Set<string>> {
  const { columns, rows } = await session.query(dialect.openTransactions);
  const names = rows.map(([name]) => columns[0]?.toText(name) ?? null);
  return new Set(names.filter((name) => name !== null));
}
