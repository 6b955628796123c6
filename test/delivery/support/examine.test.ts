import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Delivered, examine } from './examine.ts';
import { numberedLine, numberedLines } from './numbered-lines.ts';

describe('what a sink holds', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'examine-'));
    file = join(folder, 'out.txt');
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function verdict(text: string, more: Partial<Delivered> = {}) {
    await writeFile(file, text);
    return examine({ sink: 's', files: [file], form: 'raw', expected: { a: 4 }, ...more });
  }

  const line = (number: number) => numberedLine('a', number);
  const record = (number: number) => `${JSON.stringify({ raw: line(number), timestamp: 't' })}\n`;

  it.each<{ why: string; text: string; counts: object }>([
    { why: 'all of it', text: numberedLines('a', 0, 4), counts: { passed: true } },
    {
      why: 'two lines missing',
      text: line(0) + line(3),
      counts: { lost: 2, passed: false, details: ['lost of a: 1 to 2'] },
    },
    {
      why: 'a line twice, later',
      text: numberedLines('a', 0, 4) + line(1),
      counts: { doubled: 1, out_of_order: 0, passed: false },
    },
    {
      why: 'two lines the wrong way round',
      text: line(0) + line(2) + line(1) + line(3),
      counts: { out_of_order: 1, lost: 0, passed: false },
    },
    {
      why: 'a line that nobody wrote',
      text: numberedLines('a', 0, 5),
      counts: { strange: 1, lost: 0, passed: false },
    },
    {
      why: 'a line of another source',
      text: numberedLines('a', 0, 4) + numberedLine('b', 0),
      counts: { strange: 1, passed: false },
    },
    {
      why: 'a line that is torn',
      text: line(0) + line(1).slice(9) + line(2) + line(3),
      counts: { strange: 1, lost: 1, passed: false },
    },
    {
      why: 'a line changed in one byte',
      text: line(0) + line(1).replace('x', 'y') + line(2) + line(3),
      counts: { strange: 1, lost: 1, passed: false },
    },
    {
      why: 'a last line without its line break',
      text: numberedLines('a', 0, 4).slice(0, -1),
      counts: { strange: 1, lost: 1, passed: false },
    },
  ])('is told: $why', async ({ text, counts }) => {
    expect(await verdict(text)).toMatchObject(counts);
  });

  it('may be there twice as often as is allowed, and not more', async () => {
    const text = numberedLines('a', 0, 4) + line(2) + line(3);

    expect(await verdict(text, { doubledMax: 2 })).toMatchObject({ doubled: 2, passed: true });
    expect(await verdict(text, { doubledMax: 1 })).toMatchObject({ doubled: 2, passed: false });
  });

  it('is looked for in records, of which each must be whole', async () => {
    const whole = record(0) + record(1) + record(2);

    expect(await verdict(whole + record(3), { form: 'records' })).toMatchObject({ passed: true });
    expect(await verdict(whole + line(3), { form: 'records' })).toMatchObject({ strange: 1 });
    expect(await verdict(`${whole}{"raw":1}\n`, { form: 'records' })).toMatchObject({ lost: 1 });
  });

  it('may lie in several files, and be of several sources, each with an order of its own', async () => {
    const second = join(folder, 'second.txt');
    await writeFile(second, numberedLines('a', 2, 4) + numberedLines('b', 0, 2));
    const text = numberedLines('b', 2, 3) + numberedLines('a', 0, 2);
    const files = [file, second];

    expect(await verdict(text, { files, expected: { a: 4, b: 3 } })).toMatchObject({
      expected: 7,
      lost: 0,
      out_of_order: 2,
    });
  });
});
