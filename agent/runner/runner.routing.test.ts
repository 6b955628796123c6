import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { batchOf, pluginContext } from '../../test/support/plugin-context.ts';
import { RunnerRig, until } from '../../test/support/runner-rig.ts';
import { failing, ScriptedSender, scriptedPipeline } from '../../test/support/scripted-plugins.ts';
import { jsonParser } from '../plugins/parsers/json.ts';
import { rawParser } from '../plugins/parsers/raw.ts';
import type { LogRecord, SourceBatch } from '../plugins/plugin.ts';
import { RecordsRefused } from '../records/records-refused.ts';
import type { Route } from './pipeline.ts';
import { process } from './process.ts';
import { partOfWork } from './routed-work.ts';
import { routingOf } from './routing.ts';
import type { Runner } from './runner.ts';

const STOP_MS = 1_000;
const TEXT = '{"to":"a","n":1}\n\n[{"to":"b","n":2},{"to":"a","n":3}]\n{"n":4}\n{"to":"b","n":5}\n';

function routesOf(names: readonly string[]): Record<string, Route> {
  const router_routes = Object.fromEntries(names.map((name, place) => [name, place]));
  const config = RunnerConfig.parse({ router: { router_key_name: 'to', router_routes } });
  const routing = routingOf(config.router, names.length);
  if (routing === null) throw new Error('there are rules');
  return Object.fromEntries(
    names.map((name, place) => [
      name,
      { rules: routing.rules, placesOf: (records) => routing.placesOf(records, place) },
    ]),
  );
}

describe('a runner whose records are routed', () => {
  let rig: RunnerRig;
  let runner: Runner | null = null;

  beforeEach(() => {
    rig = new RunnerRig();
  });

  afterEach(() => runner?.stop(STOP_MS));

  function start(senders: readonly ScriptedSender[]): Runner {
    const batches = [{ ...batchOf(TEXT, 's'), position: { next: 1 } }];
    const pipeline = scriptedPipeline({
      ...{ batches, senders, routes: routesOf(senders.map(({ name }) => name)) },
      openParser: () => jsonParser.configure({}).open(pluginContext()),
    });
    runner = rig.started(pipeline);
    return runner;
  }

  function named(name: string, script: ConstructorParameters<typeof ScriptedSender>[1] = {}) {
    return new ScriptedSender(name, { form: 'ndjson', ...script });
  }

  it('sends each of them to one sender, and counts every line at every sender', async () => {
    const [a, b, c] = [named('a'), named('b'), named('c')];
    const { progress } = await settledRunner([a, b, c]);

    expect(a.taken).toEqual(['{"to":"a","n":1}\n{"to":"a","n":3}\n{"n":4}\n']);
    expect(b.taken).toEqual(['{"to":"b","n":2}\n{"to":"b","n":5}\n']);
    expect(c.taken.join('')).toBe('');
    const unitsOf = (name: string) => progress.ledger[name]?.settled;
    expect(unitsOf('a')).toMatchObject({ units: 5, delivered: 3, filtered: 2 });
    expect(unitsOf('b')).toMatchObject({ units: 5, delivered: 2, filtered: 3 });
    expect(unitsOf('c')).toMatchObject({ units: 5, delivered: 0, filtered: 5 });
    for (const { read, inFlight } of Object.values(progress.ledger)) {
      expect([read.units, inFlight.units]).toEqual([5, 0]);
    }
    expect(progress.totals.senders['a']).toMatchObject({ success: 3 });
  });

  it('makes dead letters of those that their own sender refuses', async () => {
    const judge = (text: string) => {
      if (text.includes('"n":2')) throw new RecordsRefused('not 2');
    };
    const { progress } = await settledRunner([named('a', { judge }), named('b', { judge })]);

    const letters = await rig.checkpoints.deadLetters('r1', 0, 10);
    expect(letters).toMatchObject([{ sender: 'b', unit: 2, record: '{"to":"b","n":2}' }]);
    expect(progress.ledger['b']?.settled).toMatchObject({ delivered: 1, deadLettered: 1 });
    expect(progress.ledger['a']?.settled).toMatchObject({ delivered: 3, deadLettered: 0 });
  });

  it('sends the same ones by the same key again', async () => {
    const a = named('a', { sendsKey: true, behave: failing(1) });
    const b = named('b');
    start([a, b]);
    await until(() => a.attempts === 1);
    rig.clock.advance(60_000);
    await until(() => runner?.progress.settledBatches === 1);

    expect(new Set(a.keys).size).toBe(1);
    expect(a.taken).toHaveLength(1);
    expect(b.taken).toHaveLength(1);
  });

  async function settledRunner(senders: readonly ScriptedSender[]): Promise<Runner> {
    const started = start(senders);
    await until(() => started.progress.settledBatches === 1);
    return started;
  }
});

describe('the parts of a batch for each sender', () => {
  const routes = routesOf(['a', 'b', 'c']);

  /** Whatever form the records are in. */
  function worksOf(batch: SourceBatch, form: 'objects' | 'ndjson') {
    const parser = jsonParser.configure({}).open(pluginContext());
    const work = process(batch, { parser, enrich: null, transforms: [], wanted: form }, 0);
    return Object.values(routes).map((route) => partOfWork(work, route.placesOf(work.records)));
  }

  it('hold every record once, and count all lines, in either form', () => {
    const record = fc.record({ to: fc.constantFrom('a', 'b', 'c', 'x'), n: fc.integer() });
    const line = fc.oneof(
      record,
      fc.array(record, { minLength: 1, maxLength: 4 }),
      fc.constant(null),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const texts = lines.map((one) => (one === null ? '\n' : `${JSON.stringify(one)}\n`));
        const batch = batchOf(texts.join(''));
        const all: LogRecord[] = lines.flatMap((one) => one ?? []);
        for (const form of ['objects', 'ndjson'] as const) {
          const works = worksOf(batch, form);
          const got = works.map(({ records }) => records.ndjson().toString());
          expect(got).toEqual(
            ['a', 'b', 'c'].map((name, place) =>
              all
                .filter(({ to }) => to === name || (place === 0 && to === 'x'))
                .map((one) => `${JSON.stringify(one)}\n`)
                .join(''),
            ),
          );
          for (const { units, records } of works) {
            expect(units.delivered + units.filtered + units.parseErrors).toBe(batch.lines);
            expect(new Set(units.lines()).size).toBe(units.delivered);
            const places = Array.from({ length: records.count }, (_, place) => place);
            expect(units.linesAllOf(places)).toEqual(units.lines());
          }
        }
      }),
    );
  });

  it('keep raw lines the bytes that they were', () => {
    const bytes = Buffer.from('a\xff\nb\nc\xfe\n', 'latin1');
    const batch = { ...batchOf('a\nb\nc\n'), bytes };
    const { records } = rawParser.configure({}).open(pluginContext()).parse(batch);

    const picked = records.pick?.([0, 2]);

    expect(picked?.count).toBe(2);
    expect(picked?.raw()).toEqual(Buffer.from('a\xff\nc\xfe\n', 'latin1'));
  });
});
