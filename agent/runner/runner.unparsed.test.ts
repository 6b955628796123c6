import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LaneRig, linesOf } from '../../test/support/lane-rig.ts';
import { batchOf, pluginContext } from '../../test/support/plugin-context.ts';
import { failing, ScriptedSender } from '../../test/support/scripted-plugins.ts';
import { csvParser } from '../plugins/parsers/csv.ts';
import { grokParser } from '../plugins/parsers/grok.ts';
import { jsonParser } from '../plugins/parsers/json.ts';
import { linuxauditParser } from '../plugins/parsers/linuxaudit.ts';
import { nginxParser } from '../plugins/parsers/nginx.ts';
import type { ParserPlugin, SourceBatch, Transform } from '../plugins/plugin.ts';
import { discardTransform } from '../plugins/transforms/discard.ts';
import { filterTransform } from '../plugins/transforms/filter.ts';
import { labelTransform } from '../plugins/transforms/label.ts';
import { replaceTransform } from '../plugins/transforms/replace.ts';
import { RecordsRefused } from '../records/records-refused.ts';
import { process } from './process.ts';
import type { Runner } from './runner.ts';

const TO_LETTERS = { errdata_to: 'dead_letters' };

let rig: LaneRig;

beforeEach(() => {
  rig = new LaneRig();
});

afterEach(() => rig.close());

interface Setting {
  readonly text: string;
  readonly senders: readonly ScriptedSender[];
  readonly parser?: ParserPlugin;
  readonly options?: Readonly<Record<string, string>>;
  readonly transforms?: Readonly<Record<string, Transform>>;
}

function batchesOf(text: string): SourceBatch[] {
  return [{ ...batchOf(text, 's'), position: { next: 1 } }];
}

function start({
  text,
  senders,
  transforms = {},
  parser = jsonParser,
  options = TO_LETTERS,
}: Setting): Runner {
  const openParser = () => parser.configure(options).open(pluginContext());
  return rig.start({ batches: batchesOf(text), senders, openParser, transforms });
}

async function settledRunner(setting: Setting): Promise<Runner> {
  const runner = start(setting);
  await rig.passing(() => runner.progress.settledBatches === 1);
  return runner;
}

function sink(name = 'a', script: ConstructorParameters<typeof ScriptedSender>[1] = {}) {
  return new ScriptedSender(name, { form: 'ndjson', ...script });
}

const letters = () => rig.checkpoints.deadLetters('r1', 0, 100);

describe('lines that do not parse', () => {
  it('become dead letters of every sender, and the rest is delivered', async () => {
    const senders = [sink('a'), sink('b')];
    const runner = await settledRunner({ text: '{"n":1}\n\noh no\n{"n":2}\n', senders });

    expect(senders.map(linesOf)).toEqual(['{"n":1}\n{"n":2}\n', '{"n":1}\n{"n":2}\n']);
    const kept = await letters();
    const letter = {
      ...{ source: 's', origin: '/var/log/app.log', start: 9, end: 15, unit: 0 },
      ...{ record: '"oh no"', reason: expect.stringContaining('parse json line error') },
    };
    expect(kept).toMatchObject(['a', 'b'].map((sender) => ({ sender, ...letter })));
    for (const ledger of Object.values(runner.progress.ledger)) {
      expect(ledger).toMatchObject({
        read: { units: 4 },
        settled: { units: 4, delivered: 2, filtered: 1, deadLettered: 1, parseErrors: 0 },
        inFlight: { units: 0 },
      });
    }
    expect(runner.progress.totals.parser).toMatchObject({ success: 2, errors: 1 });
  });

  interface Row {
    readonly parser: ParserPlugin;
    readonly options: Readonly<Record<string, string>>;
  }

  it.each<Row>([
    { parser: jsonParser, options: {} },
    { parser: jsonParser, options: { keep_raw_data: 'true' } },
    { parser: grokParser, options: { grok_patterns: 'n=%{INT:n}' } },
    { parser: csvParser, options: { csv_schema: 'n long', csv_splitter: ',' } },
    { parser: nginxParser, options: {} },
    { parser: linuxauditParser, options: {} },
  ])('are kept so by the parser $parser.type with $options', async ({ parser, options }) => {
    const senders = [sink()];
    const text = `${'   \n'.repeat(3)}oh no\n`;
    const runner = await settledRunner({
      ...{ text, senders, parser, options: { ...TO_LETTERS, ...options } },
    });

    expect(await letters()).toMatchObject([{ start: 12, end: 18, record: '"oh no"' }]);
    expect(runner.progress.ledger['a']?.settled).toMatchObject({ filtered: 3, deadLettered: 1 });
    expect(senders.map(linesOf)).toEqual(['']);
  });

  it('are kept as the source has them, whatever was done to them before the parser', async () => {
    const options = { key: 'raw', old_string: 'secret', new_string: 'x', stage: 'before_parser' };
    const replace = replaceTransform.configure(options).open(pluginContext());
    await settledRunner({ text: 'a secret\n', senders: [sink()], transforms: { replace } });

    expect(await letters()).toMatchObject([{ record: '"a secret"' }]);
  });

  it('are found in every part of a large batch', async () => {
    const line = `{"n":"${'x'.repeat(1_000)}"}\n`;
    const text = `${line.repeat(100)}oh no\n${line.repeat(100)}no more\n`;
    const discard = discardTransform.configure({ key: 'n' }).open(pluginContext());
    const options = { key: 'm', old_string: 'a', new_string: 'b' };
    const replace = replaceTransform.configure(options).open(pluginContext());
    await settledRunner({ text, senders: [sink()], transforms: { replace, discard } });

    const first = line.length * 100;
    expect(await letters()).toMatchObject([
      { record: '"oh no"', start: first, end: first + 6 },
      { record: '"no more"', start: 2 * first + 6, end: text.length },
    ]);
  });

  it('are kept once when the process ends before they are committed', async () => {
    const away = sink('a', { behave: failing(1_000) });
    const setting = { text: 'oh no\n{"n":1}\n' };
    const first = start({ ...setting, senders: [away] });
    await rig.passing(() => away.attempts > 2);
    await rig.kill(first);
    expect(await letters()).toEqual([]);

    await settledRunner({ ...setting, senders: [sink()] });
    expect(await letters()).toMatchObject([{ record: '"oh no"' }]);
  });

  it('hold the sender up when there are too many, and nothing is lost', async () => {
    const setting = { text: 'oh no\n'.repeat(10_001) };
    const first = start({ ...setting, senders: [sink()] });
    await rig.passing(() => first.progress.trouble !== null);
    expect(first.progress.trouble).toContain('more than 10000 lines of a batch do not parse');
    expect(await letters()).toEqual([]);
    await rig.kill(first);

    const runner = await settledRunner({
      ...{ ...setting, senders: [sink()], options: { errdata_to: 'drop' } },
    });
    expect(runner.progress.ledger['a']?.settled).toMatchObject({ parseErrors: 10_001 });
  });
});

describe('lines that do not parse, in either form', () => {
  const label = labelTransform.configure({ key: 'team', value: 'x' }).open(pluginContext());

  interface Way {
    readonly parser: ParserPlugin;
    readonly good: string;
    readonly transforms: readonly Transform[];
  }

  it.each<Way>(
    [
      { parser: jsonParser, good: '{"a":1}' },
      { parser: nginxParser, good: '1.2.3.4 - - [21/Mar/2017:18:14:17 +0800] "G" 1 2 "-" "-"' },
      { parser: linuxauditParser, good: 'type=X' },
    ].flatMap((row) => [[], [label]].map((transforms) => ({ ...row, transforms }))),
  )('are told of by $parser.type with $transforms.length transforms', (way) => {
    const { parser, good, transforms } = way;
    const stages = {
      ...{ parser: parser.configure(TO_LETTERS).open(pluginContext()), enrich: null },
      transforms: transforms.map((transform) => ({ name: 'label-0', type: 'label', transform })),
    };
    const batch = batchOf(`\noh no\n${good}\n\nno more\n`);
    const ways = (['objects', 'ndjson'] as const).map((wanted) =>
      process(batch, { ...stages, wanted }, 0),
    );

    for (const { unparsed, records, units, parsed } of ways) {
      expect(unparsed.map(({ line }) => line)).toEqual([1, 4]);
      expect([records.count, parsed.success, parsed.errors]).toEqual([1, 1, 2]);
      expect(units).toMatchObject({ delivered: 1, filtered: 2, parseErrors: 2 });
    }
    expect(ways[0]?.unparsed).toEqual(ways[1]?.unparsed);
  });

  it('are told of as many as are too many for any sender', () => {
    const parser = jsonParser.configure(TO_LETTERS).open(pluginContext());
    const batch = batchOf('no\n'.repeat(30_000));
    const { records, units, unparsed } = process(
      batch,
      { parser, enrich: null, transforms: [], wanted: 'ndjson' },
      0,
    );

    expect([records.count, units.parseErrors, unparsed.length]).toEqual([0, 30_000, 10_001]);
  });
});

describe('dead letters of lines that did not parse', () => {
  const LOG = { parser: grokParser, text: 'n=1\nm=2\nm=3\n' };
  const BEFORE = { ...TO_LETTERS, grok_patterns: 'n=%{INT:n:long}' };
  const MENDED = { ...TO_LETTERS, grok_patterns: 'n=%{INT:n:long},m=%{INT:m:long}' };

  /** A runner that was started again with other options, after its first life left letters. */
  async function restarted(setting: Partial<Setting>): Promise<Runner> {
    const first = await settledRunner({ ...LOG, senders: [sink()], options: BEFORE });
    await rig.kill(first);
    const runner = start({ ...LOG, senders: [sink()], options: MENDED, ...setting });
    await rig.passing(() => runner.progress.ledger['a'] !== undefined);
    return runner;
  }

  it('are parsed again when they are replayed, with the options of now', async () => {
    const sender = sink();
    const runner = await restarted({ senders: [sender] });

    expect(await runner.replay(await letters())).toEqual({ sent: 2, failed: 0 });

    expect(sender.taken).toEqual(['{"m":2}\n', '{"m":3}\n']);
    expect(await letters()).toEqual([]);
    const settled = { units: 3, delivered: 3, deadLettered: 0 };
    expect(runner.progress.ledger['a']?.settled).toMatchObject(settled);
    const kept = (await rig.checkpoints.load('r1', '')).lanes.get('a');
    expect(kept).toMatchObject({ settled: { delivered: 3, deadLettered: 0 }, deadLetters: 0 });
  });

  it('stay when they do not parse still', async () => {
    const runner = await restarted({ options: BEFORE });
    const before = await letters();

    expect(await runner.replay(before)).toEqual({ sent: 0, failed: 2 });

    expect(await letters()).toEqual(before);
    expect(runner.progress.ledger['a']?.settled).toMatchObject({ delivered: 1, deadLettered: 2 });
  });

  it('are sent in a field of their own when that is what the options say by then', async () => {
    const sender = sink();
    const options = { grok_patterns: 'n=%{INT:n:long}' };
    const runner = await restarted({ senders: [sender], options });

    expect(await runner.replay(await letters())).toEqual({ sent: 2, failed: 0 });
    expect(sender.taken).toEqual(['{"pandora_stash":"m=2"}\n', '{"pandora_stash":"m=3"}\n']);
  });

  it('are filtered when a transform keeps them back by then', async () => {
    const sender = sink();
    const options = { key: 'm', pattern: '3' };
    const filter = filterTransform.configure(options).open(pluginContext());
    const runner = await restarted({ senders: [sender], transforms: { filter } });

    expect(await runner.replay(await letters())).toEqual({ sent: 2, failed: 0 });

    expect(sender.taken).toEqual(['{"m":2}\n']);
    const settled = { units: 3, delivered: 2, filtered: 1, deadLettered: 0 };
    expect(runner.progress.ledger['a']?.settled).toMatchObject(settled);
    const kept = (await rig.checkpoints.load('r1', '')).lanes.get('a')?.settled;
    expect(kept).toMatchObject({ delivered: 2, filtered: 1, deadLettered: 0 });
  });

  it('leave behind those of their records that the sink refuses', async () => {
    const judge = (text: string) => {
      if (text.includes('bad')) throw new RecordsRefused('status 400');
    };
    const text = '[{"a":"good"},{"a":"bad"}]\n';
    const parser = grokParser;
    const options = { ...TO_LETTERS, grok_patterns: 'n=%{INT:n}' };
    const first = await settledRunner({ text, senders: [sink()], parser, options });
    await rig.kill(first);
    const sender = sink('a', { judge });
    const runner = start({ text, senders: [sender] });
    await rig.passing(() => runner.progress.ledger['a'] !== undefined);

    expect(await runner.replay(await letters())).toEqual({ sent: 1, failed: 0 });

    expect(sender.taken).toEqual(['{"a":"good"}\n']);
    const rest = await letters();
    expect(rest).toMatchObject([{ record: '{"a":"bad"}', reason: 'status 400', unit: null }]);
    expect(runner.progress.ledger['a']?.settled).toMatchObject({ delivered: 1, deadLettered: 0 });
  });

  it('are for the sender that their records are for', async () => {
    const text = 'to=b\n';
    const parser = grokParser;
    const [a, b] = [sink('a'), sink('b')];
    const first = await settledRunner({ text, senders: [a, b], parser, options: BEFORE });
    await rig.kill(first);
    const openParser = () =>
      grokParser.configure({ grok_patterns: 'to=%{WORD:to}' }).open(pluginContext());
    const routes = {
      a: { rules: 'r', placesOf: () => [] },
      b: { rules: 'r', placesOf: () => [0] },
    };
    const runner = rig.start({ batches: batchesOf(text), senders: [a, b], openParser, routes });
    await rig.passing(() => runner.progress.ledger['b'] !== undefined);

    expect(await runner.replay(await letters())).toEqual({ sent: 2, failed: 0 });

    expect([a, b].map(linesOf)).toEqual(['', '{"to":"b"}\n']);
    const { ledger } = runner.progress;
    expect(ledger['a']?.settled).toMatchObject({ filtered: 1, deadLettered: 0 });
    expect(ledger['b']?.settled).toMatchObject({ delivered: 1, deadLettered: 0 });
  });

  it('make room for others when they are dropped', async () => {
    const text = 'oh no\n'.repeat(6_000);
    const [one] = batchesOf(text);
    if (one === undefined) throw new Error('there is one');
    const two = { ...one, range: { ...one.range, generation: 1 }, position: { next: 2 } };
    const openParser = () => jsonParser.configure(TO_LETTERS).open(pluginContext());
    const runner = rig.start({ batches: [one, two], senders: [sink()], openParser });
    await rig.passing(() => runner.progress.trouble !== null);
    expect(runner.progress.trouble).toContain('6000 lines of a batch do not parse, and 6000 of');

    const kept = await rig.checkpoints.deadLetters('r1', 0, 6_000);
    await rig.checkpoints.dropDeadLetters(
      'r1',
      kept.map(({ id }) => id),
    );
    runner.dropped(kept);
    await rig.passing(() => runner.progress.settledBatches === 2);
    expect(runner.progress.trouble).toBeNull();
    expect(runner.progress.ledger['a']?.settled).toMatchObject({ units: 12_000 });
  });

  it('of a file whose first line names the columns know that line', async () => {
    const text = 'n,m\n1\n2,3\n';
    const parser = csvParser;
    const options = { ...TO_LETTERS, csv_splitter: ',' };
    const first = await settledRunner({ text, senders: [sink()], parser, options });
    expect(await letters()).toMatchObject([{ record: '["1","n,m"]' }]);
    await rig.kill(first);
    const sender = sink();
    const mended = { ...options, csv_allow_no_match: 'true' };
    const runner = start({ text, senders: [sender], parser, options: mended });
    await rig.passing(() => runner.progress.ledger['a'] !== undefined);

    expect(await runner.replay(await letters())).toEqual({ sent: 1, failed: 0 });
    expect(sender.taken).toEqual(['{"n":"1"}\n']);
  });
});
