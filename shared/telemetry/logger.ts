import type { Writable } from 'node:stream';
import { type Logger, multistream, pino, type StreamEntry, stdTimeFunctions } from 'pino';
import type { Clock } from '../kernel/clock.ts';
import { LogFile } from './log-file.ts';
import { logLine } from './log-line.ts';

/** `debug_level` of the configuration, by its number. */
const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
const TERMINAL_LEVEL = 1;

export type DebugLevel = 0 | 1 | 2 | 3 | 4;

export interface LoggerOptions {
  /** 0 debug, 1 info, 2 warn, 3 error, 4 fatal. */
  readonly level: DebugLevel;
  /** Where the JSON lines go; '' means nowhere. */
  readonly file: string;
  /** Gets one readable line for each record of info and above; usually stderr. */
  readonly terminal: Writable | null;
  /** Fields whose values are hidden, as pino's `redact` paths: `*.token`, `auth.secret`. */
  readonly redact: readonly string[];
  readonly clock: Clock;
}

/** The logger of a process and the end of its life. */
export interface ProcessLog {
  readonly log: Logger;
  /** Resolves when what was logged so far is in the file. */
  readonly flush: () => Promise<void>;
  /** Flushes and closes the file; log nothing afterwards. */
  readonly close: () => Promise<void>;
}

/** Makes the process's logger: JSON lines in a file, readable ones on the terminal. */
export function createLogger(options: LoggerOptions): ProcessLog {
  const { level, file, redact, clock } = options;
  const terminal = new Terminal(options.terminal);
  const logFile =
    file === ''
      ? null
      : new LogFile({ file, clock, onTrouble: (message) => terminal.say(message) });

  const streams: StreamEntry[] = [
    { level: LEVELS[Math.max(level, TERMINAL_LEVEL)] ?? 'fatal', stream: terminal },
  ];
  if (logFile !== null) streams.push({ level: LEVELS[level], stream: logFile });

  const log = pino(
    {
      level: LEVELS[level],
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      redact: { paths: [...redact], censor: '[hidden]' },
    },
    multistream(streams),
  );
  return {
    log,
    flush: async () => logFile?.flush(),
    close: async () => logFile?.close(),
  };
}

/** A terminal that went away (a closed pipe) is written to no more. */
class Terminal {
  #stream: Writable | null;

  constructor(stream: Writable | null) {
    this.#stream = stream;
    stream?.on('error', () => {
      this.#stream = null;
    });
  }

  write(json: string): void {
    this.#stream?.write(logLine(json));
  }

  say(message: string): void {
    this.#stream?.write(`logkit-fleet: ${message}\n`);
  }
}
