import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** A file to be collected, and what it is made of. */
export interface LogFile {
  readonly path: string;
  readonly bytes: number;
  readonly lines: number;
}

const BLOCK_LINES = 20_000;

/** Writes lines, each of them different, until the file has so many bytes. Nothing but ASCII. */
export async function writeLogFile(
  path: string,
  bytesMin: number,
  lineOf: (index: number) => string,
): Promise<LogFile> {
  await using file = await open(path, 'w');
  let bytes = 0;
  let lines = 0;
  while (bytes < bytesMin) {
    let block = '';
    for (let i = 0; i < BLOCK_LINES; i += 1) {
      block += `${lineOf(lines)}\n`;
      lines += 1;
    }
    bytes += (await file.write(block)).bytesWritten;
  }
  // Or the disk would still be busy with it while its readers are timed.
  await file.sync();
  return { path, bytes, lines };
}

/** What each line has somewhere, and no other line: nine digits. */
export function itemNumber(index: number): string {
  return String(index).padStart(9, '0');
}

/** A line of an access log, about 200 bytes with its line break. */
export function accessLine(index: number): string {
  const host = `10.1.${index % 256}.${(index * 7) % 256}`;
  const item = itemNumber(index);
  const agent = `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 F${'f'.repeat(index % 17)}`;
  return (
    `${host} - - [21/Nov/2026:04:50:46 +0000] "GET /api/v1/items/${item}?page=${index % 100} ` +
    `HTTP/1.1" 200 ${1_000 + (index % 9_000)} "https://shop.example/catalogue" "${agent}"`
  );
}

/** A JSON object in one line, about 200 bytes, written as JSON.stringify would. */
export function jsonLine(index: number): string {
  return JSON.stringify(jsonRecord(index));
}

export function jsonRecord(index: number) {
  return {
    time: '2026-11-21T04:50:46.123Z',
    level: index % 10 === 0 ? 'error' : 'info',
    logger: 'shop.catalogue.items',
    message: `served item ${itemNumber(index)} to a visitor`,
    status: 200,
    bytes: 1_000 + (index % 9_000),
    // Always with four digits, for there are programs that write a fixed number of them.
    seconds: ((index % 9_000) * 10 + 1) / 10_000,
    tags: ['web', 'canary'],
  };
}

const CHUNK_BYTES = 1024 * 1024;

/** The lines of a file of ASCII, one by one, without their line breaks. */
export function* linesOf(path: string): Generator<string, undefined> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let rest = '';
    for (let length = -1; length !== 0; ) {
      length = readSync(file, chunk);
      const lines = (rest + chunk.toString('latin1', 0, length)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(file);
  }
}
