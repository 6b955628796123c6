import { open, stat } from 'node:fs/promises';
import type { LogFile } from '../support/log-files.ts';
import { waitUntil } from '../support/wait-until.ts';

const POLL_MS = 5;
const LINE_BYTES_MAX = 16 * 1024;
const LINE_FEED = 0x0a;
/** Slower than 5 MB/s is stuck. */
const BYTES_PER_MS_MIN = 5_000;
const START_MS_MAX = 30_000;

interface ArrivalOptions {
  /** What a program may keep to itself until it stops. */
  readonly heldBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until every line of the input is in the output, whatever form it has there: each line grows
 * or shrinks by as many bytes as the first one does. So it is seen by the file's size alone, which
 * costs nothing that is measured; what the lines are is looked at afterwards.
 */
export async function arrival(
  input: LogFile,
  output: string,
  { heldBytes, signal }: ArrivalOptions,
): Promise<void> {
  const lineBytes = await firstLineBytes(input.path);
  let wanted: number | null = null;
  const isThere = async () => {
    const size = await stat(output).then(
      (stats) => stats.size,
      () => 0,
    );
    if (size === 0) return false;
    wanted ??= await wantedBytes(input, lineBytes, output);
    return wanted !== null && size >= wanted - heldBytes;
  };
  const atMostMs = START_MS_MAX + input.bytes / BYTES_PER_MS_MIN;
  await waitUntil(isThere, { what: `every line in ${output}`, everyMs: POLL_MS, atMostMs, signal });
}

async function wantedBytes(input: LogFile, lineBytes: number, output: string) {
  const first = await firstLineBytes(output);
  return first === 0 ? null : input.bytes + input.lines * (first - lineBytes);
}

/** 0 as long as there is none. */
async function firstLineBytes(path: string): Promise<number> {
  await using file = await open(path, 'r');
  const start = Buffer.allocUnsafe(LINE_BYTES_MAX);
  const { bytesRead } = await file.read(start, 0, LINE_BYTES_MAX, 0);
  return start.subarray(0, bytesRead).indexOf(LINE_FEED) + 1;
}
