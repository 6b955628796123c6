import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf, pluginContext } from '../../test/support/plugin-context.ts';
import { csvParser } from '../plugins/parsers/csv.ts';
import { jsonParser } from '../plugins/parsers/json.ts';
import type { LogRecord, Parser, Transform } from '../plugins/plugin.ts';
import { process } from './process.ts';
import { RecordLines } from './units.ts';

const context = pluginContext();
const NONE_PARSED = jsonParser.configure({}).open(context).parse(batchOf(''));

function unitsOf(text: string, parser: Parser, transforms: readonly Transform[] = []) {
  const named = transforms.map((transform, index) => ({
    name: `t-${index}`,
    type: 't',
    transform,
  }));
  const stages = { parser, enrich: null, transforms: named, wanted: 'objects' as const };
  return process(batchOf(text), stages, 0).units;
}

function open(options: Record<string, string>): Parser {
  return jsonParser.configure(options).open(context);
}

/** Keeps each record as many times as `copies` says: 0 drops it, 2 puts a new one behind it. */
function copying(copies: (record: LogRecord) => number): Transform {
  return {
    apply: (records) => ({
      records: records.flatMap((record) =>
        Array.from({ length: copies(record) }, (_, index) =>
          index === 0 ? record : { ...record },
        ),
      ),
      errors: 0,
      lastError: '',
    }),
  };
}

describe('the units of a batch', () => {
  it.each([
    { text: '', units: { delivered: 0, filtered: 0, parseErrors: 0 }, why: 'no line' },
    { text: '{}\n{}\n', units: { delivered: 2, filtered: 0, parseErrors: 0 }, why: 'records' },
    {
      text: '{}\n\n{}\n',
      units: { delivered: 2, filtered: 1, parseErrors: 0 },
      why: 'a blank line',
    },
    {
      text: '[{},{}]\n',
      units: { delivered: 1, filtered: 0, parseErrors: 0 },
      why: 'two of one line',
    },
    { text: 'bad\n{}\n', units: { delivered: 1, filtered: 0, parseErrors: 1 }, why: 'a bad line' },
  ])('are lines: $why', ({ text, units }) => {
    expect(unitsOf(text, open({ disable_record_errdata: 'true' }))).toMatchObject(units);
  });

  it('count a line that does not parse as delivered when it is sent as it is', () => {
    expect(unitsOf('bad\n', open({}))).toMatchObject({ delivered: 1, filtered: 0, parseErrors: 0 });
  });

  it('count a header as filtered', () => {
    const parser = csvParser.configure({ csv_splitter: ',' }).open(context);

    expect(unitsOf('a,b\n1,2\n', parser)).toMatchObject({
      delivered: 1,
      filtered: 1,
      parseErrors: 0,
    });
  });

  it('know a line by any record of it that a transform leaves', () => {
    const dropping = copying(({ keep }) => (keep === true ? 1 : 0));
    const text = '[{"keep":true},{},{"keep":true}]\n{}\n[{},{}]\n{"keep":true}\n';

    expect(unitsOf(text, open({}), [dropping])).toMatchObject({
      delivered: 2,
      filtered: 2,
      parseErrors: 0,
    });
  });

  it('do not count what a transform makes of nothing', () => {
    const lines = new RecordLines(NONE_PARSED);
    lines.changed([], [{}]);

    expect(lines.units(batchOf('\n'))).toMatchObject({ delivered: 0, filtered: 1, parseErrors: 0 });
  });

  it.each([
    { keeps: [1, 1, 2], why: 'the first is left out and the last one is doubled' },
    { keeps: [0, 0, 2], why: 'the first one is doubled and the next is left out' },
    { keeps: [0, 2, 2], why: 'one between is left out' },
  ])('tell the lines when as many records go on: $why', ({ keeps }) => {
    const lines = new RecordLines(open({}).parse(batchOf('{}\n{}\n{}\n')));
    const before: LogRecord[] = [{ n: 0 }, { n: 1 }, { n: 2 }];
    const after = keeps.map((n, at) =>
      keeps.indexOf(n) === at ? (before[n] ?? {}) : { ...before[n] },
    );
    lines.changed(before, after, keeps);

    expect(lines.units(batchOf('{}\n{}\n{}\n'))).toMatchObject({
      ...{ delivered: 2, filtered: 1, parseErrors: 0 },
    });
  });

  it('tell by the records that moved that some were left out and others doubled', () => {
    const lines = new RecordLines(open({}).parse(batchOf('{}\n{}\n{}\n')));
    const [a, b, c] = [{ n: 0 }, { n: 1 }, { n: 2 }];
    lines.changed([a, b, c], [b, { n: 1 }, c]);

    const units = lines.units(batchOf('{}\n{}\n{}\n'));
    expect(units.delivered).toBe(2);
    expect(units.linesAllOf([0, 1])).toEqual([1, 1]);
  });

  it('are as many when each record makes way for another in its place', () => {
    const lines = new RecordLines(open({}).parse(batchOf('{}\n{}\n')));
    lines.changed([{ n: 0 }, { n: 1 }], [{ n: 2 }, { n: 3 }]);

    expect(lines.units(batchOf('{}\n{}\n')).delivered).toBe(2);
  });

  it('tell for records that were refused which lines are refused whole', () => {
    const text = '[{},{}]\n{}\n[{},{}]\n';
    const units = new RecordLines(open({}).parse(batchOf(text))).units(batchOf(text));

    expect(units.linesAllOf([0, 1, 2, 4])).toEqual([0, 0, 1, null]);
  });

  it('are all lines of the batch, and delivered are those of which a record goes on', () => {
    const record = fc.record({
      // The first transform drops records, the second one makes several of one.
      copies: fc.tuple(fc.nat({ max: 1 }), fc.integer({ min: 1, max: 2 })),
    });
    const line = fc.oneof(
      record.map((value) => [value]),
      fc.array(record, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', 'bad'),
    );

    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), fc.boolean(), (lines, isDropping) => {
        const text = lines.map((it) => `${typeof it === 'string' ? it : JSON.stringify(it)}\n`);
        const parser = open({ disable_record_errdata: String(isDropping) });
        const times = (index: number) =>
          copying(({ copies }) => (Array.isArray(copies) ? Number(copies[index]) : 1));
        const { delivered, filtered, parseErrors } = unitsOf(text.join(''), parser, [
          times(0),
          times(1),
        ]);

        const goesOn = (it: (typeof lines)[number]) =>
          typeof it === 'string'
            ? it === 'bad' && !isDropping
            : it.some(({ copies }) => copies.every((count) => count > 0));
        expect(delivered).toBe(lines.filter(goesOn).length);
        expect(parseErrors).toBe(isDropping ? lines.filter((it) => it === 'bad').length : 0);
        expect(delivered + filtered + parseErrors).toBe(lines.length);
      }),
    );
  });
});
