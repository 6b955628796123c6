import { parseJson } from '../../shared/api/json-numbers.ts';
import { type PluginOptions, RunnerConfig } from '../../shared/domain/runner-config.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import type { LogRecord, PluginContext } from '../plugins/plugin.ts';
import { isRecord } from '../records/is-record.ts';
import { ObjectRecords } from '../records/object-records.ts';
import { enrichment } from '../runner/enrich.ts';
import { type LaunchDeps, withSecrets } from '../runner/launch.ts';
import { openAll, parserOf, readerOf, sendersOf, transformsOf } from '../runner/pipeline.ts';
import { redactor } from '../runner/redact.ts';
import { type Rehearsal, rehearse } from './rehearse.ts';
import { sampleBatch } from './sample-batch.ts';
import { sampleLines, sampleSize } from './try-reader.ts';
import { tryTransform } from './try-transform.ts';

/** What the original calls a runner that is none yet, in its messages. */
const NAMELESS = 'UndefinedRunnerName';
/** Whom the positions of sink files are kept for; no runner can have this name. */
const SENDING = '.trial';
const SEND_MS = 30_000;

interface SendRequest {
  readonly senders: readonly PluginOptions[];
  readonly records: readonly LogRecord[];
}

/**
 * Lets people see what a plugin, or a whole runner, would do before it runs. What is tried is
 * checked as a runner is: secrets are resolved, the policy holds, and nothing that is read is
 * acknowledged to its source.
 */
export class Trial {
  readonly #deps: LaunchDeps;

  constructor(deps: LaunchDeps) {
    this.#deps = deps;
  }

  /** @throws AppError as a runner with this reader would, and `timeout` when no line came. */
  async read(reader: PluginOptions, signal: AbortSignal): Promise<string[]> {
    return this.#checked({ reader }, async (config, context) => {
      const deps = { ...this.#deps, context, mustExist: true };
      const configured = await readerOf(config, deps);
      return sampleLines({
        open: (opening) => configured.open(opening, context),
        ...{ size: sampleSize(reader), clock: this.#deps.clock, signal },
      });
    });
  }

  async checkReader(reader: PluginOptions): Promise<void> {
    await this.#checked({ reader }, (config, context) =>
      readerOf(config, { ...this.#deps, context, mustExist: true }),
    );
  }

  /** @throws AppError `invalid` when no line of the sample parses: why the last one did not. */
  async parse(parser: PluginOptions, sample: string): Promise<LogRecord[]> {
    return this.#checked({ parser }, async (config, context) => {
      const configured = await parserOf(config, { ...this.#deps, context, mustExist: false });
      const batch = sampleBatch(sample, { isOneLine: isWhole(parser), origin: 'sample' });
      const parsed = configured.open(context).parse(batch, 'objects');
      if (parsed.success === 0 && parsed.errors > 0) {
        const { errors, lastError } = parsed;
        const why = `${errors} parse line errors occurred, ${lastError}`;
        throw new AppError('invalid', `parser error ${why}`);
      }
      return parsed.records.objects();
    });
  }

  async checkParser(parser: PluginOptions): Promise<void> {
    await this.#checked({ parser }, (config, context) =>
      parserOf(config, { ...this.#deps, context, mustExist: true }),
    );
  }

  /** @throws AppError `invalid` when the transform reports an error for a record. */
  async transform(options: LogRecord, records: readonly LogRecord[]): Promise<LogRecord[]> {
    const { type } = options;
    const isKnown = this.#deps.catalog.transforms.some((plugin) => plugin.type === type);
    if (!isKnown) throw new AppError('invalid', `transformer of type ${String(type)} not exist`);
    return this.#checked({ transforms: [options] }, async (config, context) => {
      const [only] = await transformsOf(config, { ...this.#deps, context, mustExist: true });
      const opened = only?.configured.open(context);
      if (opened === undefined) return [];
      try {
        return tryTransform(opened, records);
      } finally {
        opened.close?.();
      }
    });
  }

  async checkTransform(options: LogRecord): Promise<void> {
    await this.transform(options, []);
  }

  /** Really sends, to each sender once. @throws AppError as the sender does. */
  async send({ senders, records }: SendRequest, signal: AbortSignal): Promise<void> {
    await this.#withSenders(senders, async (opened) => {
      const over = new AbortController();
      const quit = AbortSignal.any([signal, over.signal]);
      void this.#deps.clock.sleep(SEND_MS, quit).then(() => over.abort());
      const key = `trial.${this.#deps.clock.now()}.${this.#deps.random.next()}`;
      try {
        for (const [index, { sender }] of opened.entries()) {
          const sent = new ObjectRecords(structuredClone([...records]));
          const acceptance = await sender.send(sent, quit, { key: `${key}.${index}` });
          await this.#deps.checkpoints.commit({
            ...{ runner: SENDING, sinks: acceptance.positions, totals: null },
          });
          acceptance.committed();
        }
      } finally {
        over.abort();
      }
    });
  }

  async checkSenders(senders: readonly PluginOptions[]): Promise<void> {
    await this.#withSenders(senders, async () => undefined);
  }

  /** What a runner makes of a sample, its senders left out; of its reader's lines if none is given. */
  async rehearse(
    given: RunnerConfig,
    sample: string | null,
    signal: AbortSignal,
  ): Promise<Rehearsal> {
    return this.#checked(given, async (config, context) => {
      const deps = { ...this.#deps, context, mustExist: true };
      const parser = await parserOf(config, deps);
      const transforms = await transformsOf(config, deps);
      const senders = await sendersOf(config, deps);
      const text = sample ?? (await this.read(given.reader ?? {}, signal)).join('');
      const { env, host, clock } = this.#deps;
      const stages = {
        parser: parser.open(context),
        enrich: enrichment(config, { env, host }),
        transforms: transforms.map(({ name, type, configured }) => ({
          ...{ name, type, transform: configured.open(context) },
        })),
      };
      const origin = config.reader?.['log_path'] ?? '';
      try {
        return { ...rehearse(text, { origin, ...stages }, clock.now()), senders: senders.length };
      } finally {
        for (const { transform } of stages.transforms) transform.close?.();
      }
    });
  }

  async #withSenders(
    senders: readonly PluginOptions[],
    work: (opened: Awaited<ReturnType<typeof openAll>>) => Promise<void>,
  ): Promise<void> {
    await this.#checked({ senders: [...senders] }, async (config, context) => {
      const deps = { ...this.#deps, context, mustExist: true };
      const opened = await openAll(await sendersOf(config, deps), context);
      try {
        await work(opened);
      } finally {
        await Promise.allSettled(opened.map(({ sender }) => sender.close()));
      }
    });
  }

  /** With the secrets put in, which are in no message. */
  async #checked<T>(
    parts: Partial<RunnerConfig>,
    work: (config: RunnerConfig, context: PluginContext) => Promise<T>,
  ): Promise<T> {
    const secrets: string[] = [];
    try {
      const config = RunnerConfig.parse({ name: NAMELESS, ...parts });
      const context = { ...this.#deps.contextFor(config.name), isSynced: false };
      return await work(await withSecrets(config, secrets, this.#deps), context);
    } catch (thrown) {
      const message = redactor(secrets)(messageOf(thrown));
      if (!(thrown instanceof AppError)) throw new AppError('internal', message);
      // A sink that is away is what the caller wanted to know: this agent is not.
      const isAway = thrown.kind === 'unavailable' || thrown.kind === 'timeout';
      throw new AppError(isAway ? 'invalid' : thrown.kind, message, { details: thrown.details });
    }
  }
}

/** A sample of these is one line whatever is in it, as it is for the original. */
function isWhole({ type, grok_mode: mode }: PluginOptions): boolean {
  return type === 'raw' || mode === 'multi';
}

/** The records of a sample: a JSON object, or an array of them. @throws AppError `invalid` */
export function recordsOf(sample: string): LogRecord[] {
  const value = parsedSample(sample);
  const records = Array.isArray(value) ? value : [value];
  if (records.every(isRecord)) return records;
  throw new AppError('invalid', 'sampleLog must be a JSON object, or an array of objects');
}

function parsedSample(sample: string): unknown {
  try {
    return parseJson(sample);
  } catch (thrown) {
    throw new AppError('invalid', `sampleLog is no JSON: ${messageOf(thrown)}`);
  }
}
