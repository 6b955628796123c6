import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionsOf } from '../../agent/plugins/describe.ts';
import { PARSERS } from '../../agent/plugins/parsers/catalog.ts';
import type { Parsed, ParserPlugin, SourceBatch } from '../../agent/plugins/plugin.ts';
import { RecordLines } from '../../agent/runner/units.ts';
import type { PluginOptions } from '../../shared/domain/runner-config.ts';
import { batchOf, pluginContext } from '../support/plugin-context.ts';
import { PARSER_RIGS } from './rigs/parsers.ts';
import { filledLines, fuzzedBatch, splitAt } from './support/fuzzed-lines.ts';
import { promised } from './support/promised.ts';
import { noRig, rigged } from './support/rig-of.ts';

const { found, missing } = rigged(PARSERS, PARSER_RIGS);

const RUNS = 40;
const COMMON: readonly PluginOptions[] = [
  {},
  { disable_record_errdata: 'true' },
  { keep_raw_data: 'true', labels: 'team shop', errdata_field: 'bad' },
];

const CASES = found.flatMap(({ type, plugin, rig }) =>
  rig.options.map((options) => ({ type, plugin, options })),
);

/** What came of a batch, comparable. */
function facts(parsed: Parsed) {
  const lines = parsed.records.ndjson().toString().split('\n').slice(0, -1);
  return {
    records: lines.map((line): unknown => JSON.parse(line)),
    lines: [...new RecordLines(parsed).lines],
    ...{ success: parsed.success, errors: parsed.errors, dropped: parsed.dropped },
  };
}

it('has a rig for every parser', () => {
  expect(missing, noRig(missing, 'test/contract/rigs/parsers.ts')).toEqual([]);
});

describe.each(CASES)('the parser $type with $options', ({ type, plugin, options }) => {
  const open = (more: PluginOptions = {}) =>
    plugin.configure({ ...options, ...more }).open(pluginContext());
  const hasHeader = type === 'csv' && options['csv_schema'] === undefined;

  it('takes any bytes, counts every line, and makes the same records in either form', () => {
    fc.assert(
      fc.property(fuzzedBatch, fc.constantFrom(...COMMON), (given, common) => {
        const [text, objects] = [
          open(common).parse(given, 'ndjson'),
          open(common).parse(given, 'objects'),
        ];

        const header = hasHeader && filledLines(given, type) > 0 ? 1 : 0;
        expect(text.success + text.errors).toBe(filledLines(given, type) - header);
        expect({ ...text, records: null }).toEqual({ ...objects, records: null });
        const { delivered, filtered, parseErrors } = new RecordLines(text).units(given);
        expect(delivered + filtered + parseErrors).toBe(given.lines);
        expect(Math.min(delivered, filtered, parseErrors)).toBeGreaterThanOrEqual(0);
        expect(text.errors > 0).toBe(text.lastError !== '');
        const { records, lines } = facts(text);
        expect(records.length).toBe(text.records.count);
        expect(records.map((record) => typeof record)).toEqual(records.map(() => 'object'));
        expect(objects.records.count).toBe(text.records.count);
        expect(lines).toEqual(lines.toSorted((a, b) => a - b));
        expect(lines.every((line) => line < given.lines)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('makes of a batch what it makes of its parts, wherever it is cut', () => {
    fc.assert(
      fc.property(fuzzedBatch, fc.nat(), fc.constantFrom(...COMMON), (given, place, common) => {
        const cut = place % (given.lines + 1);
        const whole = facts(open(common).parse(given));
        const parser = open(common);
        const parts = splitAt(given, cut)
          .filter(({ lines }) => lines > 0)
          .map((part) => facts(parser.parse(part)));

        expect(joined(parts, cut)).toEqual(whole);
      }),
      { numRuns: RUNS },
    );
  });
});

/** What came of two parts, of which the second begins at line `cut`, as one. */
function joined(parts: readonly ReturnType<typeof facts>[], cut: number) {
  const sum = (count: 'success' | 'errors' | 'dropped') =>
    parts.reduce((all, part) => all + part[count], 0);
  return {
    records: parts.flatMap(({ records }) => records),
    lines: parts.flatMap(({ lines }, nth) =>
      nth === 0 && parts.length === 2 ? lines : lines.map((line) => line + secondStart(parts, cut)),
    ),
    ...{ success: sum('success'), errors: sum('errors'), dropped: sum('dropped') },
  };
}

/** Where the last part begins: one that is alone is the whole. */
function secondStart(parts: readonly unknown[], cut: number): number {
  return parts.length === 2 ? cut : 0;
}

describe.each(found)('the parser $type', ({ plugin, rig }) => {
  const [options] = rig.options;
  const sampleOptions = rig.sampleOptions ?? options;
  const knows = (name: string) => optionsOf(plugin).some((option) => option.name === name);
  const parse = (given: SourceBatch, with_: PluginOptions): Parsed =>
    plugin.configure(with_).open(pluginContext()).parse(given);
  const sample = sampleOf(plugin);

  it('shares nothing with another one of the same options', () => {
    const configured = plugin.configure(options);
    const [one, two] = [configured.open(pluginContext()), configured.open(pluginContext())];
    const before = facts(two.parse(sample));
    one.parse(batchOf('a,b,c\nd,e,f\n'));

    expect(facts(two.parse(sample))).toEqual(before);
    expect(facts(configured.open(pluginContext()).parse(sample))).toEqual(before);
  });

  promised(plugin.sampleLog !== '')('parses its own sample', () => {
    expect(parse(sample, sampleOptions)).toMatchObject({ errors: 0, lastError: '' });
  });

  promised(rig.broken !== null)('keeps a line that does not parse, or drops it', () => {
    const line = rig.broken ?? '';
    const broken = (more: PluginOptions = {}) =>
      parse(batchOf(`${line}\n`), { ...options, ...more });

    expect(broken()).toMatchObject({ success: 0, errors: 1, dropped: 0 });
    expect(broken().lastError).toContain(line);
    expect(broken().records.objects()).toEqual([{ pandora_stash: line }]);
    expect(broken({ errdata_field: 'bad' }).records.objects()).toEqual([{ bad: line }]);
    const dropped = broken({ disable_record_errdata: 'true' });
    expect(dropped).toMatchObject({ success: 0, errors: 1, dropped: 1 });
    expect(dropped.records.objects()).toEqual([]);
    const kept = broken({ disable_record_errdata: 'true', keep_raw_data: 'true' });
    expect(kept.records.objects()).toEqual([{ raw_data: line }]);
  });

  promised(knows('labels'))('puts labels beside what it parses, and over nothing', () => {
    const [record = {}] = parse(sample, sampleOptions).records.objects();
    const names = Object.keys(record).filter((name) => /^\w+$/.test(name));
    const labels = ['fresh', ...names].map((name) => `${name} label`).join(',');
    const [labelled] = parse(sample, { ...sampleOptions, labels }).records.objects();

    expect(names.length).toBeGreaterThan(0);
    expect(JSON.stringify(labelled)).toBe(JSON.stringify({ ...record, fresh: 'label' }));
  });

  promised(knows('keep_raw_data'))('keeps the line beside what it parses', () => {
    const records = parse(sample, { ...sampleOptions, keep_raw_data: 'true' }).records.objects();
    const lines = records.map(({ raw_data }) => String(raw_data));

    expect(lines.length).toBeGreaterThan(0);
    expect(`${lines.join('\n')}\n`).toBe(plugin.sampleLog);
  });
});

/** The lines of a parser's own sample; where the reader joins them, as one. */
function sampleOf({ sampleLog, headPattern }: ParserPlugin): SourceBatch {
  const batch = batchOf(sampleLog);
  if (headPattern === undefined) return batch;
  return { ...batch, lines: 1, ends: Uint32Array.of(batch.bytes.length) };
}
