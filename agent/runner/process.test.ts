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

interface Given {
  readonly parser?: Readonly<Record<string, string>>;
  readonly transforms?: readonly Readonly<Record<string, unknown>>[];
  readonly config?: Readonly<Record<string, unknown>>;
}

function stagesOf({ parser = { type: 'json' }, transforms: given = [], config = {} }: Given) {
  const context = pluginContext();
  const found = PARSERS.find(({ type }) => type === parser['type']);
  if (found === undefined) throw new Error(`no parser ${parser['type'] ?? ''}`);
  return {
    parser: found.configure(parser).open(context),
    enrich: enrichment(RunnerConfig.parse({ name: 'r', ...config }), { env: {}, host: HOST }),
    transforms: given.map((options, index) => {
      const type = String(options['type']);
      const plugin = TRANSFORMS.find((candidate) => candidate.type === type);
      if (plugin === undefined) throw new Error(`no transform ${type}`);
      return { name: `${type}-${index}`, type, transform: plugin.configure(options).open(context) };
    }),
  };
}

/** All that can be told of a batch, by way of text and by way of objects. */
function bothWays(batch: SourceBatch, given: Given) {
  const stages = stagesOf(given);
  return (['ndjson', 'objects'] as const).map((wanted) => {
    const { records, parsed, transformed, units } = process(batch, { ...stages, wanted }, 0);
    const lines = records.ndjson().toString().split('\n').slice(0, -1);
    return {
      records: lines.map((line): unknown => JSON.parse(line)),
      objects: records.objects(),
      count: records.count,
      parsed: { success: parsed.success, errors: parsed.errors, lastError: parsed.lastError },
      transformed,
      units: {
        ...units,
        lines: units.lines(),
        linesAllOf: units.linesAllOf([0, 3, 4].filter((place) => place < records.count)),
      },
    };
  });
}

const CHANGES = [
  { type: 'label', key: 'team', value: 'shop' },
  { type: 'label', key: 'a', value: 'mine' },
  { type: 'label', key: 'b', value: 'over', override: true },
  { type: 'rename', key: 'a', new: 'first' },
  { type: 'rename', key: 'b', new: 'c' },
  { type: 'rename', key: 'nested', new: 'deep' },
  { type: 'discard', key: 'c,nested' },
  { type: 'discard', key: 'a' },
  { type: 'discard', key: 'nested.a' },
  { type: 'replace', key: 'b', old: 'x', new: 'y' },
  { type: 'copy', key: 'a', new: 'b' },
  { type: 'copy', key: 'other', new: 'team', override: true },
  { type: 'pick', key: 'a,b,nested.a' },
];

const names = fc.constantFrom('a', 'b', 'c', 'team', 'nested', 'é', 'q"uote', 'other');
const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom([], {}, [1, '}', { a: ']"' }], { a: 'x' }),
);
const record = fc.dictionary(names, value, { maxKeys: 6 });
/** As JSON.stringify writes it, with blanks, or with every character of names escaped. */
const line = fc
  .tuple(record, fc.constantFrom('plain', 'blanks', 'escaped'))
  .map(([some, style]) => {
    if (style === 'blanks') return JSON.stringify(some, null, 1).replaceAll('\n', ' \t');
    if (style === 'escaped') return JSON.stringify(some).replaceAll('"a":', String.raw`"\u0061":`);
    return JSON.stringify(some);
  });
const lines = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: line },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', 'no json', '[{"a":1},{"b":"x"}]', '{"a":1,"a":2}'),
    },
  ),
  { maxLength: 20 },
);

describe('a batch', () => {
  it('comes out the same by way of text and by way of objects', () => {
    fc.assert(
      fc.property(
        fc.subarray(CHANGES, { maxLength: 4 }),
        lines,
        fc.boolean(),
        (some, texts, isTagged) => {
          const batch = batchOf(texts.map((text) => `${text}\n`).join(''));
          const config = isTagged ? { extra_info: true, reader: { datasource_tag: 'c' } } : {};
          const [text, objects] = bothWays(batch, { transforms: some, config });

          expect(text).toEqual(objects);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    [{ type: 'rename', key: 'n', new: 'm' }, '{"a":"x","m":12345678901234567890}\n'],
    [{ type: 'discard', key: 'n' }, '{"a":"x"}\n'],
    [{ type: 'discard', key: 'a,n' }, '{}\n'],
    [{ type: 'label', key: 't', value: 'v' }, '{"n":12345678901234567890,"a":"x","t":"v"}\n'],
    [
      { type: 'copy', key: 'n', new: 'm' },
      '{"n":12345678901234567890,"a":"x","m":12345678901234567890}\n',
    ],
  ])('changed by %j keeps its text elsewhere', (change, expected) => {
    const stages = stagesOf({ transforms: [change] });
    const batch = batchOf('{ "n":12345678901234567890,"a":"x" }\n');

    const work = process(batch, { ...stages, wanted: 'ndjson' }, 0);

    expect(work.records.ndjson().toString()).toBe(expected);
  });

  it('may be far larger than the part of it that is changed at once', () => {
    const count = 5_000;
    const texts = Array.from({ length: count }, (_, index) =>
      index % 100 === 7 ? `broken ${index}\n` : `{"n":${index},"b":"${'x'.repeat(50)}"}\n`,
    );
    const given = {
      transforms: [{ type: 'replace', key: 'b', old: 'x', new: 'yz' }],
      config: { record_id_key: 'id' },
    };
    const [text, objects] = bothWays(batchOf(texts.join('')), given);

    expect(text).toEqual(objects);
    expect(text?.count).toBe(count);
    expect(text?.parsed).toMatchObject({ success: count - 50, errors: 50 });
    expect(text?.transformed[0]).toMatchObject({ success: count - 50, errors: 50 });
    expect(new Set(text?.objects.map(({ id }) => id)).size).toBe(count);
  });

  it.each([
    { what: 'a header', head: 'a,b\n' },
    { what: 'a header after blank lines', head: '\n \na,b\n' },
    { what: 'a long header', head: `a,b${' '.repeat(70_000)}\n` },
  ])('of lines with $what takes the names of its columns from there in every part', ({ head }) => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `${index},v${index}\n`);
    const given = {
      parser: { type: 'csv', csv_splitter: ',' },
      transforms: [{ type: 'replace', key: 'b', old: 'v', new: 'w' }],
    };
    const [text] = bothWays(batchOf(`${head}${rows.join('')}`), given);

    expect(text?.count).toBe(rows.length);
    expect(text?.objects.at(-1)).toEqual({ a: '19999', b: 'w19999' });
  });

  it('knows the lines of its records in whatever part they are', () => {
    const texts = Array.from(
      { length: 4_000 },
      (_, n) => `[{"n":${n}},{"n":"${'x'.repeat(30)}"}]\n`,
    );
    const stages = stagesOf({ transforms: [{ type: 'replace', key: 'n', old: 'x', new: 'y' }] });
    const work = process(batchOf(texts.join('')), { ...stages, wanted: 'ndjson' }, 0);

    expect(work.units.linesAllOf([0, 1, 2])).toEqual([0, 0, null]);
    expect(work.units.linesAllOf([6_000, 6_001, 7_998, 7_999])).toEqual([
      3_000, 3_000, 3_999, 3_999,
    ]);
    expect(work.units).toMatchObject({ delivered: 4_000, filtered: 0, parseErrors: 0 });
  });
});
