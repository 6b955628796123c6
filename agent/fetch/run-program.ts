import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import type { Readable } from 'node:stream';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';

/** So much of what a program complains about is kept: the end of it. */
const COMPLAINT_BYTES_MAX = 64 * 1024;

export interface Program {
  readonly program: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
}

export interface ProgramEnd {
  readonly output: Buffer;
  /** The end of what it wrote to its standard error. */
  readonly complaint: string;
  /** Null: it was ended by a signal. */
  readonly exitCode: number | null;
  /** Why it was ended before it did by itself; null: it did. */
  readonly stoppedFor: 'time' | 'output' | 'abort' | null;
}

/**
 * Runs a program to its end, or ends it, and all that it has started in its process group, when it
 * takes longer or writes more than it may. It reads nothing: its standard input is empty.
 *
 * @throws AppError `unavailable` when it cannot be started.
 */
export async function runProgram(
  { program, args, timeoutMs, outputBytesMax }: Program,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ProgramEnd> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const ended = new AbortController();
  let stoppedFor: ProgramEnd['stoppedFor'] = null;
  const stop = (why: ProgramEnd['stoppedFor']) => {
    if (ended.signal.aborted || stoppedFor !== null) return;
    stoppedFor = why;
    killGroup(child);
  };
  const abort = () => stop('abort');
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const expiry = clock.sleep(timeoutMs, ended.signal).then(() => stop('time'));
  const output = collected(child.stdout, outputBytesMax, () => stop('output'));
  const complaint = tailOf(child.stderr);
  try {
    const exitCode = await exitOf(child, program);
    return { output: output(), complaint: complaint(), exitCode, stoppedFor };
  } finally {
    signal.removeEventListener('abort', abort);
    ended.abort();
    await expiry;
  }
}

/** Resolves when it has ended and its pipes are read to their ends. */
async function exitOf(child: ChildProcess, program: string): Promise<number | null> {
  try {
    await once(child, 'close');
    return child.exitCode;
  } catch (cause) {
    throw new AppError('unavailable', `${program} cannot be started: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function collected(stream: Readable, bytesMax: number, onFull: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) onFull();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks);
}

function tailOf(stream: Readable): () => string {
  let tail = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-COMPLAINT_BYTES_MAX);
  });
  return () => tail.toString();
}

/** A script may have started others, which hold its pipes open. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // Where there are no groups.
  }
}
