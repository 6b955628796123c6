import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { BatchTime } from '../../outbound/batch-time.ts';
import { HTTP_SECRETS, httpAccess } from '../../outbound/http-access.ts';
import { HttpSink } from '../../outbound/http-sink.ts';
import { type Target, targetOption, withPath } from '../../outbound/http-target.ts';
import { LabelsOption } from '../../records/labels.ts';
import { recordKeys } from '../../records/record-keys.ts';
import { RecordsRefused } from '../../records/records-refused.ts';
import { ACCEPTED, type Acceptance, type RefusedSome } from '../../sink/acceptance.ts';
import { defineSender } from '../define.ts';
import { option } from '../option.ts';
import { type Delivery, type PluginContext, type Records, type Sender } from '../plugin.ts';
import { type KeyValue, type LogDataOptions, logData } from './otlp/log-data.ts';

const TIMEOUT_MS_DEFAULT = 30_000;
const LOGS_PATH = '/v1/logs';
const REASON_LENGTH_MAX = 300;

const OtlpOptions = z.object({
  name: option.senderName(),
  otlp_url: targetOption('http://127.0.0.1:4318').describe(
    `The server; ${LOGS_PATH} is put behind an address without a path.`,
  ),
  otlp_service: option.text('logkit').describe('The name of the service, service.name.'),
  otlp_resource: LabelsOption.describe('More attributes of the resource: "host.name h1,env prod".'),
  otlp_body: option
    .text('')
    .describe('The field that is the body; without it, the whole record is.'),
  otlp_severity: option.text('').describe('The field with the severity, such as "warn".'),
  otlp_timestamp: option.text('').describe('The field with the time.'),
  otlp_trace_id: option
    .text('')
    .describe('The field with the id of a trace, 32 hexadecimal digits.')
    .meta({ advanced: true }),
  otlp_span_id: option
    .text('')
    .describe('The field with the id of a span, 16 hexadecimal digits.')
    .meta({ advanced: true }),
  otlp_gzip: option.flag(true).describe('Compresses the body.').meta({ advanced: true }),
  otlp_timeout: goDurationOption(TIMEOUT_MS_DEFAULT)
    .describe('So long the server has to answer.')
    .meta({ advanced: true }),
  ...httpAccess,
});
type OtlpOptions = z.output<typeof OtlpOptions>;

const PartialSuccess = z.object({
  partialSuccess: z.object({
    rejectedLogRecords: z.union([z.string(), z.number()]).default(0),
    errorMessage: z.string().default(''),
  }),
});

/**
 * Exports each batch by the JSON encoding of OTLP over HTTP. The protocol knows no "once": each
 * record carries `log.record.uid`, the same when it is sent again, by which a back end may know it.
 * One that does not may get one batch a crash again.
 */
export const otlpSender = defineSender({
  type: 'otlp',
  usage: 'Exports each record as a log record of OpenTelemetry, over HTTP.',
  options: OtlpOptions,
  secrets: HTTP_SECRETS,
  open: async (options, context) => new OtlpSender(options, context),
});

class OtlpSender implements Sender {
  readonly sendsKey = true;
  readonly name: string;
  readonly #target: Target;
  readonly #sink: HttpSink;
  readonly #fields: LogDataOptions;
  readonly #resource: readonly KeyValue[];
  readonly #time: BatchTime;

  constructor(options: OtlpOptions, context: PluginContext) {
    this.name = options.name === '' ? `otlpSender:${options.otlp_url.url}` : options.name;
    this.#target = withPath(options.otlp_url, LOGS_PATH);
    this.#fields = {
      body: options.otlp_body,
      severity: options.otlp_severity,
      timestamp: options.otlp_timestamp,
      traceId: options.otlp_trace_id,
      spanId: options.otlp_span_id,
    };
    const attributes = [['service.name', options.otlp_service], ...options.otlp_resource] as const;
    this.#resource = attributes.map(([key, value = '']) => ({
      key,
      value: { stringValue: value },
    }));
    this.#time = new BatchTime(context.clock);
    this.#sink = new HttpSink(context, {
      access: options,
      timeoutMs: options.otlp_timeout,
      isZipped: options.otlp_gzip,
    });
  }

  async send(records: Records, signal: AbortSignal, { key }: Delivery): Promise<Acceptance> {
    if (records.count === 0) return ACCEPTED;
    const { body } = await this.#sink.post({
      target: this.#target,
      body: JSON.stringify(this.#export(records, key)),
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      signal,
    });
    const refusedSome = this.#refusedOf(body, records.count);
    return refusedSome === null ? ACCEPTED : { ...ACCEPTED, refusedSome };
  }

  close(): Promise<void> {
    return this.#sink.close();
  }

  #export(records: Records, key: string) {
    const { batch, first } = recordKeys(key);
    const observedNs = BigInt(this.#time.of(key)) * 1_000_000n;
    const logRecords = records
      .objects()
      .map((record, nth) =>
        logData(record, { uid: `${batch}-${first + nth}`, observedNs }, this.#fields),
      );
    const scopeLogs = [{ scope: { name: 'logkit-fleet' }, logRecords }];
    return { resourceLogs: [{ resource: { attributes: this.#resource }, scopeLogs }] };
  }

  /**
   * A server that has refused all of the records is asked for each of them; which ones it has
   * refused of many it does not tell, and the protocol forbids to ask again: it would have the others
   * twice. Null: none.
   */
  #refusedOf(body: string, count: number): RefusedSome | null {
    const answer = PartialSuccess.safeParse(valueOf(body));
    if (!answer.success) return null;
    const { rejectedLogRecords, errorMessage } = answer.data.partialSuccess;
    const rejected = Number(rejectedLogRecords);
    const reason = errorMessage.slice(0, REASON_LENGTH_MAX);
    if (rejected >= count) {
      throw new RecordsRefused(`${this.#target.url} has refused all records: ${reason}`);
    }
    return rejected > 0 ? { count: rejected, reason } : null;
  }
}

function valueOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
