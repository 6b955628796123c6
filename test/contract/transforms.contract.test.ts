import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { optionsOf } from '../../agent/plugins/describe.ts';
import type { LogRecord, Transform } from '../../agent/plugins/plugin.ts';
import { TRANSFORMS } from '../../agent/plugins/transforms/catalog.ts';
import { editTexts } from '../../agent/records/edit-texts.ts';
import { compileEdits } from '../../agent/records/field-edits.ts';
import { ObjectRecords } from '../../agent/records/object-records.ts';
import { mmdbOf } from '../support/mmdb.ts';
import { pluginContext } from '../support/plugin-context.ts';
import { idsFrom } from '../support/record-ids.ts';
import { TRANSFORM_RIGS } from './rigs/transforms.ts';
import { fuzzedRecords, recordsIn } from './support/fuzzed-records.ts';
import { expectNoneLeft, handlesNow } from './support/handles.ts';
import { promised } from './support/promised.ts';
import { noRig, rigged } from './support/rig-of.ts';
import type { TransformOptions } from './transform-rig.ts';

const { found, missing } = rigged(TRANSFORMS, TRANSFORM_RIGS);
const RUNS = 60;

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'contract-'));
  await writeFile(join(dir, 'ip.mmdb'), mmdbOf([['0000', { country: { names: { en: 'x' } } }]]));
});
afterAll(() => rm(dir, { recursive: true }));

it('has a rig for every transform', () => {
  expect(missing, noRig(missing, 'test/contract/rigs/transforms.ts')).toEqual([]);
});

/** The JSON texts of what a transform makes of fresh records, and how many it could not work on. */
function outcome(transform: Transform, texts: readonly string[]) {
  const given = recordsIn(texts);
  const { records, errors, lastError } = transform.apply(given, idsFrom(0, given.length));
  return { records: records.map((record) => JSON.stringify(record)), errors, lastError };
}

describe.each(found)('the transform $type', ({ plugin, rig }) => {
  /** With one of each of its options, each closed behind it. */
  const withEach = (work: (open: () => Transform, options: TransformOptions) => void) => {
    for (const options of rig.options(dir)) {
      const opened: Transform[] = [];
      const open = () => {
        const transform = plugin.configure(options).open(pluginContext());
        opened.push(transform);
        return transform;
      };
      try {
        work(open, options);
      } finally {
        for (const transform of opened) transform.close?.();
      }
    }
  };

  it('takes records of any shape, and counts those that it cannot work on', () => {
    withEach((open) => {
      const transform = open();
      fc.assert(
        fc.property(fuzzedRecords, (texts) => {
          const given = recordsIn(texts);
          const before = given.length;
          const { records, errors, lastError, from } = transform.apply(given, idsFrom(0, before));

          expect(errors > 0).toBe(lastError !== '');
          expect(errors).toBeLessThanOrEqual(before);
          expect(records.map(isPlain)).toEqual(records.map(() => true));
          expect(new Set(records).size).toBe(records.length);
          if (from === undefined) return;
          expect(from.length).toBe(records.length);
          expect(from).toEqual([...from].toSorted((a, b) => a - b));
          expect(from.every((place) => place >= 0 && place < before)).toBe(true);
        }),
        { numRuns: RUNS },
      );
    });
  });

  it('makes of the same records the same, whatever another one of it was given', () => {
    withEach((open) => {
      const [one, two, other] = [open(), open(), open()];
      fc.assert(
        fc.property(fuzzedRecords, fuzzedRecords, (texts, others) => {
          const before = outcome(one, texts);
          outcome(other, others);

          expect(outcome(two, texts)).toEqual(before);
        }),
        // One that failed would be tried with less, and know what it was given before.
        { numRuns: RUNS, endOnFailure: true },
      );
    });
  });

  it('has nothing to do with no records', () => {
    withEach((open) => {
      expect(outcome(open(), [])).toEqual({ records: [], errors: 0, lastError: '' });
    });
  });

  promised(rig.withoutField !== 'other')('lets a record go on that has not its field', () => {
    withEach((open) => {
      const errors = rig.withoutField === 'counted' ? 1 : 0;

      expect(outcome(open(), ['{"other":1}'])).toMatchObject({ records: ['{"other":1}'], errors });
    });
  });

  it('does to the text of a record what it does to the record, where it can', () => {
    let edited = 0;
    withEach((open) => {
      const transform = open();
      const edits = transform.edits === undefined ? null : compileEdits(transform.edits);
      if (edits === null) return;
      edited += 1;
      fc.assert(
        fc.property(fuzzedRecords, (texts) => {
          const change = (record: LogRecord) => transform.apply([record]).records;
          const { records } = editTexts(new ObjectRecords(recordsIn(texts)), edits, change);
          const lines = records.ndjson().toString().split('\n').slice(0, -1);
          const applied = transform.apply(recordsIn(texts)).records;

          expect(lines.map((line): unknown => JSON.parse(line))).toEqual(
            applied.map((record): unknown => JSON.parse(JSON.stringify(record))),
          );
        }),
        { numRuns: RUNS },
      );
    });

    expect(edited > 0).toBe(rig.editsText === true);
  });

  const hasStage = optionsOf(plugin).some(({ choices }) => choices.includes('before_parser'));
  promised(hasStage)('takes any line before the parser, and keeps it one', () => {
    withEach((_, options) => {
      const given = { ...options, stage: 'before_parser' };
      const transform = plugin.configure(given).open(pluginContext());
      const { applyToLine } = transform;
      expect(applyToLine).toBeTypeOf('function');
      fc.assert(
        fc.property(
          fc.oneof(
            fuzzedRecords.map((texts) => texts.join('')),
            fc.string(),
          ),
          (line) => {
            const changed = lineOutcome(() => applyToLine?.(line) ?? null);
            // An error says why the line goes on as it is.
            if (changed instanceof Error) expect(String(changed)).toMatch(/^Error: \w+ \w+/);
            else expect(changed === null || typeof changed === 'string').toBe(true);
          },
        ),
        { numRuns: RUNS },
      );
      transform.close?.();
    });
  });

  it('leaves nothing behind when it is closed', async () => {
    const before = await handlesNow();
    withEach((open) => {
      outcome(open(), ['{"a":"x"}', '{"b":{"c":1}}']);
    });

    await expectNoneLeft(before);
  });
});

function lineOutcome(change: () => unknown): unknown {
  try {
    return change();
  } catch (thrown) {
    return thrown;
  }
}

/** An object of JSON, and no list, text or number. */
function isPlain(record: unknown): boolean {
  return JSON.stringify(record).startsWith('{');
}
