import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { HTTP_SECRETS, httpAccess } from '../../outbound/http-access.ts';
import { isSuccess, refusal } from '../../outbound/http-refusal.ts';
import { HttpSink } from '../../outbound/http-sink.ts';
import { baseOf, type Target, targetOption } from '../../outbound/http-target.ts';
import { ACCEPTED, type Acceptance, type Refused } from '../../sink/acceptance.ts';
import { defineSender } from '../define.ts';
import { commaList, option } from '../option.ts';
import {
  type Delivery,
  type LogRecord,
  type PluginContext,
  type Records,
  type Sender,
} from '../plugin.ts';
import { makeDatabase } from './influxdb/database.ts';
import { type Alias, type PointOptions, PointWriter } from './influxdb/line-protocol.ts';
import { OwnTimes } from './influxdb/own-times.ts';

const TIMEOUT_MS_DEFAULT = 30_000;
const DURATION = /^(\d+(ns|u|µ|ms|s|m|h|d|w))+$|^INF$/i;
const BEYOND_RETENTION = /beyond retention policy/i;
const NOT_FOUND = 404;

const AliasesOption = z
  .string()
  .default('')
  .transform((text, context): readonly Alias[] => {
    const aliases: Alias[] = [];
    for (const part of commaList(text)) {
      const [field, name = field, ...more] = part.split(/\s+/);
      if (field === undefined || name === undefined || more.length > 0) {
        context.addIssue(`"${part}" is no field and its name, write "field name,field name"`);
        continue;
      }
      aliases.push([field, name]);
    }
    return aliases;
  });

const InfluxdbOptions = z
  .object({
    name: option.senderName(),
    influxdb_host: targetOption('127.0.0.1:8086').describe('The server.'),
    influxdb_version: option
      .choice(['1', '2'])
      .describe('The version of its interface: "2" writes to a bucket of an organisation.'),
    influxdb_db: option.required('testdb').describe('The database, or the bucket.'),
    influxdb_org: option.text('').describe('The organisation of version 2.'),
    influxdb_measurement: option.required('test_table').describe('The measurement.'),
    influxdb_tags: AliasesOption.describe(
      'Fields that become tags, each with another name if need be: "host,lvl level".',
    ).meta({ advanced: true }),
    influxdb_fields: AliasesOption.describe(
      'Fields that become fields, in the same way; without it all that are no tags do.',
    ).meta({ advanced: true }),
    influxdb_integers: option
      .list()
      .describe('Fields of the database that are integers; other numbers are floats.')
      .meta({ advanced: true }),
    influxdb_timestamp: option
      .text('')
      .describe('The field with the time; without it, the time of sending is taken.')
      .meta({ advanced: true }),
    influxdb_timestamp_precision: option
      .int(1, { min: 0, max: Number.MAX_SAFE_INTEGER })
      .describe(
        'How many nanoseconds a 1 in that field is; 0: told by its size. RFC 3339 is always known.',
      )
      .meta({ advanced: true }),
    influxdb_autoCreate: option
      .flag(true)
      .describe('Makes the database and its retention policy, in version 1.')
      .meta({ advanced: true }),
    influxdb_retention: option.text('').describe('The retention policy.').meta({ advanced: true }),
    influxdb_retention_duration: z
      .string()
      .default('')
      .refine((text) => text === '' || DURATION.test(text), {
        error: 'must be a duration such as "30d" or "INF"',
      })
      .describe('How long it keeps points, such as "30d".')
      .meta({ advanced: true }),
    influxdb_ignore_beyond_retention: option
      .flag(false)
      .describe('Points that are too old for the retention policy are dropped, and no trouble.')
      .meta({ advanced: true }),
    influxdb_timeout: goDurationOption(TIMEOUT_MS_DEFAULT)
      .describe('So long the server has to answer.')
      .meta({ advanced: true }),
    influxdb_gzip: option.flag(false).describe('Compresses the body.').meta({ advanced: true }),
    ...httpAccess,
  })
  .superRefine(({ influxdb_version: version, influxdb_org: org }, context) => {
    if (version === '1' || org !== '') return;
    const message = 'is required in version 2, e.g. "my-org"';
    context.addIssue({ code: 'custom', path: ['influxdb_org'], message });
  });
type InfluxdbOptions = z.output<typeof InfluxdbOptions>;

/**
 * Writes each batch as points. A point is its series (measurement and tags) and its time: one that
 * is written again is the same point, which is what "once" rests on where `influxdb_timestamp` is
 * given; two records of one series and one time are one point, too. Without it each record gets a
 * time of its own, which no other of this sender has, and a batch that is sent again after a crash
 * makes other points.
 */
export const influxdbSender = defineSender({
  type: 'influxdb',
  usage: 'Writes each record as a point of a measurement of InfluxDB, version 1 or 2.',
  options: InfluxdbOptions,
  secrets: HTTP_SECRETS,
  open: async (options, context) => new InfluxdbSender(options, context),
});

class InfluxdbSender implements Sender {
  readonly sendsKey = true;
  readonly name: string;
  readonly #options: InfluxdbOptions;
  readonly #context: PluginContext;
  readonly #sink: HttpSink;
  readonly #points: PointWriter;
  readonly #target: Target;
  readonly #times: OwnTimes;
  #hasDatabase: boolean;

  constructor(options: InfluxdbOptions, context: PluginContext) {
    const { influxdb_host: host, influxdb_db: db, influxdb_measurement: measurement } = options;
    const facts = `${host.url},db:${db},measurement:${measurement}`;
    this.name = options.name === '' ? `influxdbSender:(${facts})` : options.name;
    this.#options = options;
    this.#context = context;
    this.#points = new PointWriter(pointsOf(options));
    this.#target = { ...host, url: writeUrl(options) };
    this.#times = new OwnTimes(context.clock);
    this.#hasDatabase = !makesDatabase(options);
    this.#sink = new HttpSink(context, {
      access: accessOf(options),
      timeoutMs: options.influxdb_timeout,
      isZipped: options.influxdb_gzip,
    });
  }

  async send(records: Records, signal: AbortSignal, { key }: Delivery): Promise<Acceptance> {
    if (records.count === 0) return ACCEPTED;
    const { lines, refused } = this.#lines(records.objects(), key);
    if (lines.length > 0) await this.#write(lines.join('\n'), signal);
    return { ...ACCEPTED, refused };
  }

  close(): Promise<void> {
    return this.#sink.close();
  }

  /** A record without any of the fields can be no point, ever. */
  #lines(records: readonly LogRecord[], key: string) {
    const startNs = this.#times.of(key, records.length);
    const lines: string[] = [];
    const refused: Refused[] = [];
    records.forEach((record, index) => {
      const line = this.#points.line(record, startNs + BigInt(index));
      if (line === null) refused.push({ index, reason: 'it has none of the fields of a point' });
      else lines.push(line);
    });
    return { lines, refused };
  }

  async #write(body: string, signal: AbortSignal): Promise<void> {
    if (!this.#hasDatabase) await this.#makeDatabase(signal);
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    const answer = await this.#sink.ask({ target: this.#target, body, headers, signal });
    if (isSuccess(answer)) return;
    const isTooOld =
      this.#options.influxdb_ignore_beyond_retention && BEYOND_RETENTION.test(answer.body);
    if (isTooOld) return;
    // The database may have been dropped meanwhile.
    if (answer.status === NOT_FOUND) this.#hasDatabase = !makesDatabase(this.#options);
    throw refusal(this.#target.url, answer, this.#context.clock.now());
  }

  async #makeDatabase(signal: AbortSignal): Promise<void> {
    await makeDatabase(this.#sink, this.#options.influxdb_host, this.#options, signal);
    this.#hasDatabase = true;
  }
}

function makesDatabase({ influxdb_version, influxdb_autoCreate }: InfluxdbOptions): boolean {
  return influxdb_version === '1' && influxdb_autoCreate;
}

function pointsOf(options: InfluxdbOptions): PointOptions {
  return {
    measurement: options.influxdb_measurement,
    tags: options.influxdb_tags,
    fields: options.influxdb_fields,
    integers: new Set(options.influxdb_integers),
    timestamp: options.influxdb_timestamp,
    precisionNs: BigInt(options.influxdb_timestamp_precision),
  };
}

function writeUrl(options: InfluxdbOptions): string {
  const {
    influxdb_host: host,
    influxdb_db: db,
    influxdb_retention: rp,
    influxdb_org: org,
  } = options;
  if (options.influxdb_version === '2') {
    const query = new URLSearchParams({ org, bucket: db, precision: 'ns' });
    return `${baseOf(host)}/api/v2/write?${query.toString()}`;
  }
  const query = new URLSearchParams({ db, ...(rp !== '' && { rp }), precision: 'ns' });
  return `${baseOf(host)}/write?${query.toString()}`;
}

/** Version 2 calls a token by its own name. */
function accessOf(options: InfluxdbOptions) {
  const { auth_token: token, headers } = options;
  if (options.influxdb_version === '1' || token === '') return options;
  return { ...options, auth_token: '', headers: { authorization: `Token ${token}`, ...headers } };
}
