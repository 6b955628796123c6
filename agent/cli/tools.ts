import type { MainConfig } from '../../shared/config/main-config.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';

/** What the commands use of the process. */
export interface CliTools {
  /** Ends the process when the configuration is unusable. */
  readonly loadConfig: (file: string) => MainConfig;
  readonly print: (text: string) => void;
  /** To people, beside the output. */
  readonly note: (text: string) => void;
  /** Whether notes are seen by somebody now. */
  readonly isTerminal: boolean;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exitWith: (code: number, problem?: string) => void;
}

export interface CommonOptions {
  readonly file: string;
  readonly json?: true;
}

const FAILED = 1;
export const BAD_USAGE = 2;

/** Runs a command; what it throws becomes one line and an exit code. */
export async function attempt({ exitWith }: CliTools, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const isUsage = thrown instanceof AppError && ['invalid', 'not_found'].includes(thrown.kind);
    exitWith(isUsage ? BAD_USAGE : FAILED, messageOf(thrown));
  }
}

export function printJson({ print }: CliTools, value: unknown): void {
  print(`${JSON.stringify(value, null, 2)}\n`);
}
