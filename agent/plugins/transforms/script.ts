import { readFileSync } from 'node:fs';
import { Script as SyntaxCheck } from 'node:vm';
import { z } from 'zod';
import { AppError, messageOf } from '../../../shared/kernel/errors.ts';
import { jsonRecords } from '../../records/json-records.ts';
import { restoreDigits } from '../../records/restored-digits.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import type { LogRecord, PluginContext, Transform } from '../plugin.ts';
import { Sandbox } from './script/sandbox.ts';
import type { SandboxOutcome } from './script/sandbox-protocol.ts';

const SCRIPT_LENGTH_MAX = 64 * 1024;
/** After so many records of a batch at which it was cut off, or none at all, it has a rest. */
const CUT_OFFS_MAX = 3;
const REST_MS = 10_000;
const MEGABYTE = 1024 * 1024;

const Text = z.string({ error: 'must be a text' }).default('');

const ScriptOptions = z
  .object({
    script: Text.describe('A JavaScript function of a record.').meta({
      example: '(record) => ({ ...record, kib: record.bytes / 1024 })',
    }),
    scriptpath: Text.describe('A file that holds the function, instead.').meta({
      example: '/etc/logkit-fleet/shorten.js',
    }),
    timeout_ms: transformOption
      .int(100, { min: 1, max: 1_000 })
      .describe('What the function may take for a record, in ms.')
      .meta({ advanced: true }),
    batch_timeout_ms: transformOption
      .int(1_000, { min: 1, max: 10_000 })
      .describe('What it may take for a part of a batch (64 KiB), in ms.')
      .meta({ advanced: true }),
    memory_mb: transformOption
      .int(16, { min: 1, max: 256 })
      .describe('Megabytes of memory that it may use.')
      .meta({ advanced: true }),
    interprepter: Text.describe(
      'Not taken: the original ran a shell command a record here; write a function, or use the reader script.',
    ).meta({ advanced: true }),
    stage: transformOption.stageOfRecords,
  })
  .superRefine(({ script, scriptpath, interprepter }, context) => {
    const problem = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (interprepter !== '') {
      problem(
        'interprepter',
        'no command is run for a record; write a JavaScript function as script',
      );
    } else if ((script === '') === (scriptpath === '')) {
      problem('script', 'either script or scriptpath is required, e.g. "(record) => record"');
    } else if (script !== '') {
      const wrong = syntaxProblem(script);
      if (wrong !== null) problem('script', wrong);
    }
  });
type ScriptOptions = z.output<typeof ScriptOptions>;

/**
 * Gives each record to a user's JavaScript function. What it returns takes the record's place: an
 * object, several in an array, nothing for null or false; a function that returns nothing has
 * changed the record itself. A record at which it throws goes on unchanged and is counted.
 *
 * It runs in an interpreter of its own (QuickJS) in a thread of its own, with no way to anything
 * outside; time and memory are limited. Where it is cut off again and again it has a rest of ten
 * seconds, in which records go on unchanged and are counted.
 */
export const scriptTransform = defineTransform({
  type: 'script',
  usage: 'Gives each record to a JavaScript function of your own, which runs in a sandbox.',
  options: ScriptOptions,
  readPaths: ({ scriptpath }) => (scriptpath === '' ? [] : [scriptpath]),
  open: (options, context) => new ScriptTransform(options, context),
});

class ScriptTransform implements Transform {
  readonly #options: ScriptOptions;
  readonly #context: PluginContext;
  readonly #sandbox: Sandbox;
  /** It has a rest until then. */
  #restsUntilMs = 0;
  #restsFor = '';

  constructor(options: ScriptOptions, context: PluginContext) {
    const { script, scriptpath, memory_mb } = options;
    this.#options = options;
    this.#context = context;
    this.#sandbox = new Sandbox({
      source: script === '' ? scriptIn(scriptpath) : script,
      memoryBytes: memory_mb * MEGABYTE,
    });
    this.#sandbox.start();
  }

  apply(records: LogRecord[]) {
    if (records.length === 0) return { records, errors: 0, lastError: '' };
    if (this.#context.clock.monotonicMs() < this.#restsUntilMs) {
      return this.#unchanged(records, `script: it has a rest, for ${this.#restsFor}`);
    }
    const { timeout_ms: recordMs, batch_timeout_ms: allMs } = this.#options;
    const texts = records.map((record) => JSON.stringify(record));
    const outcomes = this.#sandbox.run({ records: texts, recordMs, allMs });
    if (outcomes === null) {
      this.#rest(`it did not come to an end in ${allMs} ms`);
      return this.#unchanged(records, `script: ${this.#restsFor}`);
    }
    const cutOff = outcomes.filter(({ isCutOff }) => isCutOff);
    if (cutOff.length >= CUT_OFFS_MAX) {
      this.#sandbox.end();
      this.#rest(cutOff[0]?.error ?? '');
    }
    return resultOf(records, outcomes, texts);
  }

  close(): void {
    this.#sandbox.end();
  }

  #unchanged(records: LogRecord[], lastError: string) {
    return { records, errors: records.length, lastError };
  }

  #rest(why: string): void {
    this.#restsFor = why;
    this.#restsUntilMs = this.#context.clock.monotonicMs() + REST_MS;
  }
}

function resultOf(
  given: readonly LogRecord[],
  outcomes: readonly SandboxOutcome[],
  texts: readonly string[],
) {
  const records: LogRecord[] = [];
  const from: number[] = [];
  let errors = 0;
  let lastError = '';
  for (const [index, record] of given.entries()) {
    const made = recordsOf(record, texts[index] ?? '', outcomes[index]);
    if (typeof made === 'string') {
      errors += 1;
      lastError = `script: ${made}`;
    }
    for (const one of typeof made === 'string' ? [record] : made) {
      records.push(one);
      from.push(index);
    }
  }
  return { records, errors, lastError, from };
}

/** What takes the place of a record, or why it goes on as it is. */
function recordsOf(
  record: LogRecord,
  before: string,
  outcome: SandboxOutcome | undefined,
): readonly LogRecord[] | string {
  if (outcome === undefined || outcome.error !== '') return outcome?.error ?? 'it gave no answer';
  if (['null', 'false', '[]'].includes(outcome.text)) return [];
  try {
    const made = jsonRecords(outcome.text);
    if (/\d{16}/.test(before)) for (const one of made) restoreDigits(record, one);
    return made;
  } catch {
    return `it returned ${outcome.text.slice(0, 60) || 'something'}, which is no record`;
  }
}

function scriptIn(path: string): string {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('not_found', `transform script: cannot read ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
  const wrong = syntaxProblem(text);
  if (wrong === null) return text;
  throw new AppError('invalid', `transform script: ${path}: ${wrong}`);
}

/** Only read here, never run. */
function syntaxProblem(source: string): string | null {
  if (source.length > SCRIPT_LENGTH_MAX) return `is longer than ${SCRIPT_LENGTH_MAX} characters`;
  try {
    return new SyntaxCheck(source) instanceof SyntaxCheck ? null : '';
  } catch (thrown) {
    return `is no JavaScript: ${messageOf(thrown)}`;
  }
}
