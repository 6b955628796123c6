import type { RatioFigure, RowFigures } from './measurements.ts';

/** What a case is given to work with. */
export interface BenchContext {
  /** A folder of its own, below `os.tmpdir()`, that is removed afterwards. */
  readonly dir: string;
  /** The launcher of the program that is measured. */
  readonly launcher: string;
  /** Aborts when the person at the terminal stops the run: every process that was started dies. */
  readonly signal: AbortSignal;
  /** Tells the person at the terminal how far it is. */
  readonly say: (text: string) => void;
}

export interface CaseOutcome {
  /** What was measured, under which conditions. */
  readonly settings: Readonly<Record<string, string | number>>;
  readonly rows: readonly RowFigures[];
  readonly ratios: readonly RatioFigure[];
  /** What could not be measured here, and why. */
  readonly notes: readonly string[];
}

export interface BenchCase {
  readonly name: string;
  /** Rejects when what it timed did not do its work. */
  readonly run: (context: BenchContext) => Promise<CaseOutcome>;
}
