import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Following } from '../../../test/support/following.ts';
import { fileReader } from './file.ts';

describe('fileReader under random histories', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'histories-'));
  });

  afterEach(() => rm(dir, { recursive: true }));

  it('loses and doubles no line, whatever writers, rotation and restarts do', async () => {
    const step = fc.constantFrom('line', 'part', 'rotate', 'late', 'rest', 'restart');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const path = join(await mkdtemp(join(dir, 'run-')), 'app.log');
        const writer = new RotatingWriter(path);
        await writer.line();
        let following = new Following(fileReader, { log_path: path });
        await following.lines(1);
        let text = '';
        for (const name of steps) {
          if (name === 'rest') await following.rest(5);
          else if (name !== 'restart') await writer[name]();
          else {
            const positions = await following.stop();
            text += following.text;
            following = new Following(fileReader, { log_path: path }, { positions });
          }
        }
        await writer.line();
        const isAllThere = () => (text + following.text).split('\n').length > writer.lines.length;
        await following.until('all lines', isAllThere);
        await following.rest(5);
        await following.stop();
        text += following.text;

        expect(text.split('\n').slice(0, -1).sort()).toEqual(writer.lines.toSorted());
      }),
      { numRuns: 60, timeout: 30_000, interruptAfterTimeLimit: 15_000 },
    );
  });
});

/** Writes numbered lines as a program does whose log is rotated under its hands. */
class RotatingWriter {
  readonly lines: string[] = [];
  readonly #path: string;
  #rotations = 0;
  #part = '';

  constructor(path: string) {
    this.#path = path;
  }

  async line(): Promise<void> {
    await this.#finish(this.#path);
  }

  async part(): Promise<void> {
    this.#part += 'part of ';
    await appendFile(this.#path, 'part of ');
  }

  /** A program finishes its line before it opens the next file. */
  async rotate(): Promise<void> {
    const moved = `${this.#path}.${this.#rotations}`;
    this.#rotations += 1;
    await rename(this.#path, moved);
    if (this.#part !== '') await this.#finish(moved);
    await writeFile(this.#path, '');
  }

  /** A last line to the file that was rotated away before. */
  async late(): Promise<void> {
    if (this.#rotations === 0) return;
    const text = `late ${this.lines.length}`;
    this.lines.push(text);
    await appendFile(`${this.#path}.${this.#rotations - 1}`, `${text}\n`);
  }

  async #finish(path: string): Promise<void> {
    const end = `line ${this.lines.length}`;
    this.lines.push(this.#part + end);
    this.#part = '';
    await appendFile(path, `${end}\n`);
  }
}
