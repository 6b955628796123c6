import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { messageOf } from '../../../shared/kernel/errors.ts';
import { HTTP_SECRETS, httpAccess } from '../../outbound/http-access.ts';
import { HttpSink } from '../../outbound/http-sink.ts';
import { targetOption } from '../../outbound/http-target.ts';
import { type JsonTemplate, jsonTemplate } from '../../records/json-template.ts';
import { ACCEPTED, type Acceptance } from '../../sink/acceptance.ts';
import { defineSender } from '../define.ts';
import { option } from '../option.ts';
import {
  type Delivery,
  type PluginContext,
  type RecordForm,
  type Records,
  type Sender,
} from '../plugin.ts';
import { bodyOf } from './http/body.ts';

const TIMEOUT_MS_DEFAULT = 30_000;
const TYPES = {
  json: 'application/json',
  body_json: 'application/json',
  csv: 'text/plain',
  raw: 'text/plain',
} as const;

const TemplateOption = z
  .string()
  .default('')
  .transform((text, context): JsonTemplate | null => {
    if (text.trim() === '') return null;
    try {
      return jsonTemplate(text.trim());
    } catch (thrown) {
      context.addIssue(messageOf(thrown));
      return z.NEVER;
    }
  });

const HttpOptions = z
  .object({
    name: option.senderName(),
    http_sender_url: targetOption('http://127.0.0.1:8080/data').describe(
      'Where to; a user name and a password in it become a header.',
    ),
    http_sender_protocol: z
      .enum(['json', 'body_json', 'csv', 'raw'], { error: 'must be json, body_json, csv or raw' })
      .default('json')
      .describe(
        '"json": one JSON text a line; "body_json": one array; "csv": a line a record; "raw": the lines as they came.',
      ),
    http_sender_gzip: option.flag(false).describe('Compresses the body.'),
    http_sender_timeout: goDurationOption(TIMEOUT_MS_DEFAULT).describe(
      'So long the server has to answer.',
    ),
    http_sender_template: TemplateOption.describe(
      'What is sent of a record as "json" or "body_json": a JSON text with fields of it in double braces.',
    ).meta({ advanced: true, example: '{"a": "{{key1}}", "b": {{key2}}}' }),
    http_sender_escape_html: option
      .flag(false)
      .describe('Writes <, > and & of JSON as \\u003c, \\u003e and \\u0026, which means the same.')
      .meta({ advanced: true }),
    http_sender_csv_split: z
      .string()
      .default('\t')
      .transform((text) => (text === '' ? '\t' : text))
      .describe('What parts the columns of "csv"; a tab if not given.')
      .meta({ advanced: true }),
    http_sender_csv_head: option
      .flag(true)
      .describe('Each body of "csv" begins with the names of its columns.')
      .meta({ advanced: true }),
    ...httpAccess,
  })
  .superRefine(({ http_sender_template: template, http_sender_protocol: protocol }, context) => {
    if (template === null || protocol === 'json' || protocol === 'body_json') return;
    context.addIssue({
      code: 'custom',
      path: ['http_sender_template'],
      message: 'is for the protocols json and body_json; remove it, or change http_sender_protocol',
    });
  });
type HttpOptions = z.output<typeof HttpOptions>;

/**
 * Posts each batch; the server has it when it answers with a status from 200 to 299. A server that
 * remembers the `Idempotency-Key` of what it has taken takes each batch once; any other may get one
 * batch a crash again.
 */
export const httpSender = defineSender({
  type: 'http',
  usage: 'Posts each batch; a server that remembers the Idempotency-Key takes each batch once.',
  options: HttpOptions,
  secrets: HTTP_SECRETS,
  open: async (options, context) => new HttpSender(options, context),
});

class HttpSender implements Sender {
  readonly sendsKey = true;
  readonly wants: RecordForm;
  readonly name: string;
  readonly #options: HttpOptions;
  readonly #sink: HttpSink;

  constructor(options: HttpOptions, context: PluginContext) {
    const { http_sender_url: target, http_sender_protocol: protocol } = options;
    const isText = protocol !== 'raw' && protocol !== 'csv';
    this.name = options.name === '' ? `httpSender_${target.url}_` : options.name;
    this.wants = isText && options.http_sender_template === null ? 'ndjson' : 'objects';
    this.#options = options;
    this.#sink = new HttpSink(context, {
      access: options,
      timeoutMs: options.http_sender_timeout,
      isZipped: options.http_sender_gzip,
    });
  }

  async send(records: Records, signal: AbortSignal, { key }: Delivery): Promise<Acceptance> {
    if (records.count === 0) return ACCEPTED;
    const { http_sender_url: target, http_sender_protocol: protocol } = this.#options;
    await this.#sink.post({
      ...{ target, signal },
      body: bodyOf(records, this.#options),
      headers: { 'content-type': TYPES[protocol], 'idempotency-key': key },
    });
    return ACCEPTED;
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}
