import type { BenchContext } from '../support/bench-case.ts';
import type { DebianProgram } from '../support/debian-program.ts';
import type { LogFile } from '../support/log-files.ts';
import type { Target } from '../support/measurements.ts';
import type { Figures } from './timed-run.ts';

/** What the lines are that go a way. */
export type LineKind = 'access' | 'json' | 'csv' | 'logfmt' | 'syslog' | 'app';

/** One way of records through an agent, what it is compared with, and how fast it has to be. */
export interface Route {
  /** The name of its row. */
  readonly name: string;
  readonly lines: LineKind;
  /** The runner without its reader and its senders. */
  readonly runner: {
    readonly parser: Readonly<Record<string, string>>;
    readonly [key: string]: unknown;
  };
  readonly openSink: OpenSink;
  readonly rivals: readonly Rival[];
  readonly targets: readonly RouteTarget[];
  /** Runs the program as it lies here instead of as it is packed. */
  readonly fromSource?: boolean;
  /** Makes the agent a master, too, and tells how long its heartbeats take meanwhile. */
  readonly isMaster?: boolean;
}

/** Where a runner sends to; a new one for each run. */
export interface Sink extends AsyncDisposable {
  /** The runner's sender. */
  readonly sender: Readonly<Record<string, string>>;
  /** Resolves when every line is there. */
  readonly arrival: () => Promise<void>;
  /** Rejects unless every line is there once, in order, and nothing else. */
  readonly check: () => Promise<void>;
}

export type OpenSink = (input: LogFile, context: BenchContext) => Promise<Sink>;

/** The floor under a route, or a peer on it. */
export interface Rival {
  readonly name: string;
  /** Null when it cannot be had on this machine. */
  readonly prepare: (peers: PeerPrograms, context: BenchContext) => Run | null;
}

/** Gets all lines through once, and sees to it that they have arrived. */
export type Run = (input: LogFile) => Promise<Figures>;

export interface PeerPrograms {
  readonly rsyslog: DebianProgram | null;
  readonly syslogNg: DebianProgram | null;
}

interface RouteTarget {
  readonly figure: string;
  /** The row to divide by; without one the figure itself is held against the target. */
  readonly to?: string;
  readonly target?: Target;
}

/** What the row of a rival is called. */
export function rivalRow(route: string, rival: string): string {
  return `${route}: ${rival}`;
}
