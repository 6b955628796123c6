import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { AppError } from '../kernel/errors.ts';
import { LogFile } from './log-file.ts';
import { createLogger, type LoggerOptions } from './logger.ts';

class FakeTerminal extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.text += chunk.toString();
    callback();
  }
}

let folder: string;
let file: string;
let terminal: FakeTerminal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logger-'));
  file = join(folder, 'logs', 'logkit.log');
  terminal = new FakeTerminal();
});

afterEach(() => rm(folder, { recursive: true }));

function create(options: Partial<LoggerOptions> = {}) {
  return createLogger({ level: 1, file, terminal, redact: [], clock: new FakeClock(), ...options });
}

async function records(): Promise<unknown[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

describe('createLogger', () => {
  it('writes JSON to the file and a readable line to the terminal', async () => {
    const { log, close } = create();

    log.info({ runner: 'r1' }, 'runner started');
    await close();

    expect(await records()).toEqual([
      {
        level: 30,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        runner: 'r1',
        msg: 'runner started',
      },
    ]);
    expect(terminal.text).toMatch(/^[-\d]+ [\d:.]+ INFO {2}runner started runner=r1\n$/);
  });

  it.each<{ level: LoggerOptions['level']; inFile: number; onTerminal: number }>([
    { level: 0, inFile: 5, onTerminal: 4 },
    { level: 1, inFile: 4, onTerminal: 4 },
    { level: 2, inFile: 3, onTerminal: 3 },
    { level: 3, inFile: 2, onTerminal: 2 },
    { level: 4, inFile: 1, onTerminal: 1 },
  ])('keeps what level $level asks for', async ({ level, inFile, onTerminal }) => {
    const { log, close } = create({ level });

    for (const name of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[name]('x');
    await close();

    expect(await records()).toHaveLength(inFile);
    expect(terminal.text.match(/\n/g)).toHaveLength(onTerminal);
  });

  it('logs to the terminal alone when there is no file', async () => {
    const { log, flush, close } = create({ file: '' });

    log.warn('only here');
    await flush();
    await close();

    expect(terminal.text).toContain('WARN  only here');
    expect(await readdir(folder)).toEqual([]);
  });

  it('hides secrets in both', async () => {
    const { log, close } = create({ redact: ['*.secret', 'token'] });

    log.info({ token: 'abc', cluster: { secret: 'def' } }, 'loaded');
    await close();

    expect(await records()).toMatchObject([{ token: '[hidden]', cluster: { secret: '[hidden]' } }]);
    expect(terminal.text).not.toMatch(/abc|def/);
  });

  it('keeps the kind, the details and the cause of an error', async () => {
    const { log, flush, close } = create();
    const cause = new Error('disk full');

    log.error({ err: new AppError('unavailable', 'no', { cause, details: { n: 1 } }) }, 'failed');
    await flush();

    expect(await records()).toMatchObject([
      {
        err: {
          kind: 'unavailable',
          details: { n: 1 },
          stack: expect.stringContaining('disk full'),
        },
      },
    ]);
    await close();
  });

  it('goes on when the terminal is gone', async () => {
    const { log, close } = create();

    terminal.destroy(new Error('EPIPE'));
    await new Promise(setImmediate);
    log.info('still here');
    await close();

    expect(await records()).toHaveLength(1);
  });
});

describe('LogFile', () => {
  it('is rotated by size, and its old files match *.log-*', async () => {
    const logFile = new LogFile({
      file,
      clock: new FakeClock(),
      onTrouble: () => undefined,
      rotateAt: '1K',
    });

    for (let n = 0; n < 30; n++) logFile.write(`${'x'.repeat(99)}\n`);
    await logFile.close();

    const names = (await readdir(join(folder, 'logs'))).toSorted();
    expect(names[0]).toBe('logkit.log');
    expect(names.slice(1)).toHaveLength(2);
    for (const name of names.slice(1)) expect(name).toMatch(/^logkit\.log-\d{8}-\d{6}(-\d+)?$/);
    const texts = await Promise.all(
      names.map((name) => readFile(join(folder, 'logs', name), 'utf8')),
    );
    expect(texts.join('').length).toBe(3000);
  });

  it('drops lines while the disk refuses, says so once, and goes on when it takes them', async () => {
    const clock = new FakeClock();
    const troubles: string[] = [];
    // A folder in the place of the file refuses as a full disk does.
    await mkdir(file, { recursive: true });
    const logFile = new LogFile({ file, clock, onTrouble: (message) => troubles.push(message) });

    logFile.write('lost\n');
    await logFile.flush();
    logFile.write('lost too\n');
    clock.advance(10_000);
    logFile.write('lost as well\n');
    await logFile.flush();
    await rm(file, { recursive: true });
    clock.advance(10_000);
    logFile.write('kept\n');
    await logFile.close();

    expect(await readFile(file, 'utf8')).toBe('kept\n');
    expect(troubles).toEqual([
      expect.stringMatching(/^the log file .* cannot be written, log lines are lost: /),
      `the log file ${file} is written again, 3 lines were lost`,
    ]);
  });

  it('survives a rotation that fails', async () => {
    const clock = new FakeClock();
    const troubles: string[] = [];
    const onTrouble = (message: string) => troubles.push(message);
    const logFile = new LogFile({ file, clock, onTrouble, rotateAt: '1K' });
    logFile.write('first\n');
    await logFile.flush();
    await rm(join(folder, 'logs'), { recursive: true });
    await writeFile(join(folder, 'logs'), 'a file where the folder was');

    logFile.write(`${'x'.repeat(2000)}\n`);
    await expect.poll(() => troubles).toHaveLength(1);
    logFile.write('lost\n');
    await logFile.close();

    expect(troubles).toEqual([expect.stringMatching(/cannot be written/)]);
  });
});
