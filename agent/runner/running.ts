import type { KeptDeadLetter } from '../../shared/stores/checkpoint-store.ts';
import type { ErrorHistory } from './error-history.ts';
import type { RunnerProgress } from './runner-progress.ts';

/** A runner at work, by itself or together with other agents. */
export interface Running {
  readonly errors: ErrorHistory;
  /** How long an unfilled batch may wait for more lines. */
  readonly lingerMs: number;
  /** As of now; costs nothing. */
  readonly progress: RunnerProgress;
  start(): unknown;
  /** Gives what is in flight `deadlineMs` to be accepted. Never rejects. */
  stop(deadlineMs: number): Promise<void>;
  /**
   * Sends dead letters again, each once.
   * @throws AppError `unavailable` when the sink cannot now, `conflict` when the sender is gone.
   */
  replay(letters: readonly KeptDeadLetter[]): Promise<Replayed>;
  /** Dead letters that somebody has dropped. */
  dropped(letters: readonly KeptDeadLetter[]): void;
}

export interface Replayed {
  readonly sent: number;
  /** Refused again, or not parsed again. */
  readonly failed: number;
}
