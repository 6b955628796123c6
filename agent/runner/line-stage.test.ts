import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { batchOf, pluginContext } from '../../test/support/plugin-context.ts';
import { PARSERS } from '../plugins/parsers/catalog.ts';
import type { SourceBatch } from '../plugins/plugin.ts';
import { TRANSFORMS } from '../plugins/transforms/catalog.ts';
import { enrichment } from './enrich.ts';
import { process } from './process.ts';

const HOST = { hostname: 'h', core: '2', osinfo: 'linux', localip: '127.0.0.1' };
const BEFORE = { stage: 'before_parser' };

type Options = Readonly<Record<string, unknown>>;

function processed(
  batch: SourceBatch,
  parser: Readonly<Record<string, string>>,
  given: readonly Options[],
) {
  const context = pluginContext();
  const plugin = PARSERS.find(({ type }) => type === parser['type']);
  if (plugin === undefined) throw new Error('no such parser');
  const config = RunnerConfig.parse({ name: 'r', record_id_key: 'id' });
  const transforms = given.map((options, index) => {
    const type = String(options['type']);
    const found = TRANSFORMS.find((candidate) => candidate.type === type);
    if (found === undefined) throw new Error(`no transform ${type}`);
    return { name: `${type}-${index}`, type, transform: found.configure(options).open(context) };
  });
  const stages = { parser: plugin.configure(parser).open(context), transforms };
  const enrich = enrichment(config, { env: {}, host: HOST });
  return process(batch, { ...stages, enrich, wanted: 'objects' }, 0);
}

const LOWER: Options = { type: 'case', key: 'x', ...BEFORE };

function partsOf(lines: readonly string[], size: number): readonly string[][] {
  const count = Math.ceil(lines.length / size);
  return Array.from({ length: count }, (_, nth) => lines.slice(nth * size, (nth + 1) * size));
}

const RAW = { type: 'raw', timestamp: 'false' };

describe('a transform before the parser', () => {
  it('changes the line that the parser is given, and no place of it in the source', () => {
    const text = 'drop this\n{"N":"A%20B"}\r\n\n{"n":"keep"}\n';
    const { records, parsed, transformed, units } = processed(batchOf(text), { type: 'json' }, [
      { type: 'discard', key: 'drop', ...BEFORE },
      { type: 'urlconvert', key: 'x', ...BEFORE },
      { type: 'case', key: 'x', ...BEFORE },
      { type: 'rename', key: 'n', new: 'm' },
    ]);

    expect(records.objects()).toEqual([
      { m: 'a b', id: 'source-1:0:10' },
      { m: 'keep', id: 'source-1:0:26' },
    ]);
    expect(parsed).toMatchObject({ success: 2, errors: 0 });
    expect(transformed.map(({ name, success, errors }) => [name, success, errors])).toEqual([
      ['discard-0', 3, 0],
      ['urlconvert-1', 2, 0],
      ['case-2', 2, 0],
      ['rename-3', 2, 0],
    ]);
    expect(units).toMatchObject({ delivered: 2, filtered: 2, parseErrors: 0 });
    expect(units.linesAllOf([0, 1])).toEqual([1, 3]);
  });

  it('lets a line go on that it cannot change, and counts it', () => {
    const { records, transformed } = processed(batchOf('100%\na%41\n'), RAW, [
      { type: 'urlconvert', key: 'x', ...BEFORE },
    ]);

    expect(records.objects().map(({ raw }) => raw)).toEqual(['100%\n', 'aA\n']);
    expect(transformed).toMatchObject([
      { success: 1, errors: 1, lastError: 'the line holds an escape that is none' },
    ]);
  });

  it('may put line breaks into a line, which stays one', () => {
    const { records, units } = processed(batchOf('a%0Ab\nc\n'), RAW, [
      { type: 'urlconvert', key: 'x', ...BEFORE },
    ]);

    expect(records.objects()).toEqual([
      { raw: 'a\nb\n', id: 'source-1:0:0' },
      { raw: 'c\n', id: 'source-1:0:6' },
    ]);
    expect(units).toMatchObject({ delivered: 2, filtered: 0 });
  });

  it('changes the names of columns as it changes lines, also where they are not in the batch', () => {
    const batch = { ...batchOf('1;2\n'), firstLine: Buffer.from('A;B\n') };
    const { records } = processed(batch, { type: 'csv', csv_splitter: ',' }, [
      { type: 'replace', key: 'x', old: ';', new: ',', ...BEFORE },
      { type: 'case', key: 'x', ...BEFORE },
    ]);

    expect(records.objects()).toMatchObject([{ a: '1', b: '2' }]);
  });

  it.each([
    { why: 'drops it', changes: [{ type: 'discard', key: 'A', ...BEFORE }] },
    { why: 'drops it, and changes lines', changes: [{ type: 'pick', key: '1', ...BEFORE }, LOWER] },
    {
      why: 'makes it blank',
      changes: [{ type: 'replace', key: 'x', old: '^A.*', new: '', regex: true, ...BEFORE }],
    },
    { why: 'lets it pass', changes: [LOWER] },
  ])(
    'gives lines the names of their first line, which it $why, in batches of any size',
    ({ changes }) => {
      const lines = ['\n', 'A;B\n', ...Array.from({ length: 6 }, (_, n) => `1${n};x\n`)];
      const isLower = changes.includes(LOWER);
      const expected = lines.slice(2).map((line) => {
        const [first, second] = line.trimEnd().split(';');
        return isLower ? { a: first, b: second } : { A: first, B: second };
      });
      for (const size of [1, 2, 3, lines.length]) {
        const records = partsOf(lines, size).flatMap((part) => {
          const from = lines.indexOf(part[0] ?? '');
          const firstLine = from > 1 ? Buffer.from('A;B\n') : null;
          const batch = { ...batchOf(part.join('')), firstLine };
          const work = processed(batch, { type: 'csv', csv_splitter: ';' }, changes);
          return work.records.objects();
        });

        expect(records, `${size} lines a batch`).toMatchObject(expected);
        expect(records).toHaveLength(expected.length);
      }
    },
  );

  it('gives later parts of a large batch the names of a first line that it drops', () => {
    const rest = Array.from({ length: 20_000 }, (_, n) => `1${n};x\n`).join('');
    const { records } = processed(batchOf(`A;B\n${rest}`), { type: 'csv', csv_splitter: ';' }, [
      { type: 'discard', key: 'A', ...BEFORE },
    ]);

    expect(records.count).toBe(20_000);
    expect(records.objects().at(-1)).toMatchObject({ A: '119999', B: 'x' });
  });

  it('leaves the sum of the ledger as it is, whatever the lines are', () => {
    const piece = fc.constantFrom('a', 'drop', '%20', '%0A', '%', ' ', '{"a":1}', 'é', '😀');
    const line = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
    const changes = [
      { type: 'discard', key: 'drop', ...BEFORE },
      { type: 'pick', key: 'a', ...BEFORE },
      { type: 'urlconvert', key: 'x', ...BEFORE },
      { type: 'substring', key: 'x', end: 5, ...BEFORE },
      { type: 'replace', key: 'x', old: 'a', new: '', ...BEFORE },
      { type: 'discard', key: 'raw' },
    ];
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.subarray(changes),
        fc.constantFrom('raw', 'json'),
        (lines, some, type) => {
          const batch = batchOf(lines.map((text) => `${text}\n`).join(''));
          const { records, units } = processed(batch, { type }, some);
          const { delivered, filtered, parseErrors } = units;

          expect(delivered + filtered + parseErrors).toBe(lines.length);
          expect(filtered).toBeGreaterThanOrEqual(0);
          expect(delivered).toBe(records.count);
        },
      ),
      { numRuns: 300 },
    );
  });
});
