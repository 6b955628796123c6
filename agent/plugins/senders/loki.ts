import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { batchShiftNs } from '../../outbound/batch-shift.ts';
import { BatchTime } from '../../outbound/batch-time.ts';
import { HTTP_SECRETS, httpAccess } from '../../outbound/http-access.ts';
import { HttpSink } from '../../outbound/http-sink.ts';
import { type Target, targetOption, withPath } from '../../outbound/http-target.ts';
import { LabelsOption } from '../../records/labels.ts';
import { recordKeys } from '../../records/record-keys.ts';
import { ACCEPTED, type Acceptance } from '../../sink/acceptance.ts';
import { defineSender } from '../define.ts';
import { option } from '../option.ts';
import { type Delivery, type PluginContext, type Records, type Sender } from '../plugin.ts';
import { Streams } from './loki/streams.ts';

const TIMEOUT_MS_DEFAULT = 30_000;
const STREAMS_MAX_DEFAULT = 1_000;
const PUSH_PATH = '/loki/api/v1/push';

const LokiOptions = z.object({
  name: option.senderName(),
  loki_url: targetOption('http://127.0.0.1:3100').describe(
    `The server; ${PUSH_PATH} is put behind an address without a path.`,
  ),
  loki_tenant: option.text('').describe('The tenant, sent as X-Scope-OrgID.'),
  loki_labels: LabelsOption.describe('Labels of every stream: "job app,env prod".'),
  loki_label_fields: option
    .list()
    .describe('Fields that become labels, parted by commas; take such as have few values.'),
  loki_streams_max: option
    .int(STREAMS_MAX_DEFAULT, { min: 1, max: 100_000 })
    .describe('Sets of labels at most; records beyond them go to the stream without label fields.')
    .meta({ advanced: true }),
  loki_line: option
    .text('')
    .describe('The field that is the line; without it, the whole record as JSON is.'),
  loki_timestamp: option
    .text('')
    .describe('The field with the time; without it, the time of sending is taken.'),
  loki_gzip: option.flag(true).describe('Compresses the body.').meta({ advanced: true }),
  loki_timeout: goDurationOption(TIMEOUT_MS_DEFAULT)
    .describe('So long the server has to answer.')
    .meta({ advanced: true }),
  ...httpAccess,
});
type LokiOptions = z.output<typeof LokiOptions>;

/**
 * Pushes each batch as streams. An entry that is pushed again with the same labels, time and text is
 * the same entry for Loki: that is what "once" rests on where `loki_timestamp` is given. Without it
 * a batch that is sent again after a crash has other times, and is there twice.
 */
export const lokiSender = defineSender({
  type: 'loki',
  usage: 'Pushes each record to Loki, as an entry of the stream of its labels.',
  options: LokiOptions,
  secrets: HTTP_SECRETS,
  open: async (options, context) => new LokiSender(options, context),
});

class LokiSender implements Sender {
  readonly sendsKey = true;
  readonly name: string;
  readonly #tenant: string;
  readonly #target: Target;
  readonly #sink: HttpSink;
  readonly #streams: Streams;
  readonly #time: BatchTime;

  constructor(options: LokiOptions, context: PluginContext) {
    this.name = options.name === '' ? `lokiSender:${options.loki_url.url}` : options.name;
    this.#tenant = options.loki_tenant;
    this.#target = withPath(options.loki_url, PUSH_PATH);
    this.#time = new BatchTime(context.clock);
    this.#streams = new Streams({
      labels: labelsOf(options),
      labelFields: options.loki_label_fields.map((field) => [field, labelName(field)]),
      streamsMax: options.loki_streams_max,
      lineField: options.loki_line,
      timeField: options.loki_timestamp,
    });
    this.#sink = new HttpSink(context, {
      access: options,
      timeoutMs: options.loki_timeout,
      isZipped: options.loki_gzip,
    });
  }

  async send(records: Records, signal: AbortSignal, { key }: Delivery): Promise<Acceptance> {
    if (records.count === 0) return ACCEPTED;
    const { batch, first } = recordKeys(key);
    const ownNs = BigInt(this.#time.of(key)) * 1_000_000n;
    const shiftNs = BigInt(batchShiftNs(batch) + first);
    const streams = this.#streams.of(records.objects(), { ownNs, shiftNs });
    const headers = {
      'content-type': 'application/json',
      ...(this.#tenant !== '' && { 'x-scope-orgid': this.#tenant }),
    };
    const body = JSON.stringify({ streams });
    await this.#sink.post({ target: this.#target, body, headers, signal });
    return ACCEPTED;
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}

/** Loki takes no stream without a label. */
function labelsOf({ loki_labels: labels }: LokiOptions): Record<string, string> {
  if (labels.length === 0) return { job: 'logkit' };
  return Object.fromEntries(labels.map(([name, value]) => [labelName(name), value]));
}

function labelName(field: string): string {
  const name = field.replace(/[^a-zA-Z0-9_]/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}
