import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import type { HttpResponse } from '../../../shared/client/http-client.ts';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { AppError } from '../../../shared/kernel/errors.ts';
import { jsonArray } from '../../records/json-array.ts';
import { RecordsRefused } from '../../records/records-refused.ts';
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

const gzipAsync = promisify(gzip);

const TIMEOUT_MS_DEFAULT = 30_000;
/** A server that took the batch may have much to say about it; it is read, and not kept. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const ANSWER_SHOWN_LENGTH_MAX = 200;
const URL_EXAMPLE = 'http://127.0.0.1:8080/data';
/** Besides all from 500 on: the server asks for patience. */
const PATIENCE_STATUSES: readonly number[] = [408, 425, 429];
/** The server does not like what is in the body, or how much of it there is. */
const CONTENT_STATUSES: readonly number[] = [400, 413, 422];

/** Where to, without the user name and password that the URL may carry: they become a header. */
interface Target {
  readonly url: string;
  readonly authorization: string | null;
}

const TargetOption = option.required(URL_EXAMPLE).transform((text, context): Target => {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.parse(withScheme);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    // The text is not repeated: it may hold a password.
    context.addIssue(`is no http or https URL, e.g. "${URL_EXAMPLE}"`);
    return z.NEVER;
  }
  const { username, password } = url;
  url.username = '';
  url.password = '';
  // As it was written, where nothing had to be taken out: URL adds slashes.
  if (username === '' && password === '') return { url: withScheme, authorization: null };
  const credentials = `${decoded(username)}:${decoded(password)}`;
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return { url: url.href, authorization };
});

const ProtocolOption = z
  .enum(['json', 'body_json', 'raw'], {
    error: ({ input }) =>
      input === 'csv'
        ? '"csv" is not supported yet; use json, body_json or raw'
        : 'must be json, body_json or raw',
  })
  .default('json');

const HttpOptions = z.object({
  name: option.text('').describe('Its name in the status; empty: one that tells where it sends.'),
  http_sender_url: TargetOption.describe(
    'Where to; a user name and a password in it become a header.',
  ).meta({ example: URL_EXAMPLE }),
  http_sender_protocol: ProtocolOption.describe(
    '"json": one JSON text a line; "body_json": one array; "raw": the lines as they came.',
  ),
  http_sender_gzip: option.flag(false).describe('Compresses the body.'),
  http_sender_timeout: goDurationOption(TIMEOUT_MS_DEFAULT).describe(
    'So long the server has to answer.',
  ),
  http_sender_template: z
    .literal('', { error: 'is not supported yet; rename the fields by transforms' })
    .optional()
    .describe('A template of the body.')
    .meta({ advanced: true }),
});
type HttpOptions = z.output<typeof HttpOptions>;

/**
 * Posts each batch; the server has it when it answers with a status from 200 to 299. A server that
 * remembers the `Idempotency-Key` of what it has taken takes each batch once.
 */
export const httpSender = defineSender({
  type: 'http',
  usage: 'Posts each batch; a server that remembers the Idempotency-Key takes each batch once.',
  options: HttpOptions,
  open: async (options, context) => new HttpSender(options, context),
});

class HttpSender implements Sender {
  readonly sendsKey = true;
  readonly wants: RecordForm;
  readonly name: string;
  readonly #options: HttpOptions;
  readonly #context: PluginContext;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(options: HttpOptions, context: PluginContext) {
    const { http_sender_url: target, http_sender_protocol: protocol } = options;
    this.name = options.name === '' ? `httpSender_${target.url}_` : options.name;
    this.wants = protocol === 'raw' ? 'objects' : 'ndjson';
    this.#options = options;
    this.#context = context;
    this.#headers = {
      'content-type': protocol === 'raw' ? 'text/plain' : 'application/json',
      ...(options.http_sender_gzip ? { 'content-encoding': 'gzip' } : {}),
      ...(target.authorization === null ? {} : { authorization: target.authorization }),
    };
  }

  async send(records: Records, signal: AbortSignal, { key }: Delivery): Promise<Acceptance> {
    if (records.count === 0) return ACCEPTED;
    const { http_sender_url: target, http_sender_gzip: isZipped } = this.#options;
    const body = this.#body(records);
    const response = await this.#context.http.request({
      method: 'POST',
      url: target.url,
      headers: { ...this.#headers, 'idempotency-key': key },
      body: isZipped ? await gzipAsync(body) : body,
      timeoutMs: this.#options.http_sender_timeout,
      answerBytesMax: ANSWER_BYTES_MAX,
      signal,
    });
    if (response.status < 200 || response.status > 299) throw refusal(target.url, response);
    return ACCEPTED;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Where it can be, the batch's own bytes: they are not used again before the client is done with them. */
  #body(records: Records): Buffer {
    switch (this.#options.http_sender_protocol) {
      case 'json':
        return records.ndjson().subarray(0, -1);
      case 'body_json':
        return jsonArray(records.ndjson());
      case 'raw':
        return records.raw();
    }
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A percent sign that is just that.
  }
}

function refusal(url: string, { status, body }: HttpResponse): AppError {
  const answer = `${url} answered with status ${status}: ${body.slice(0, ANSWER_SHOWN_LENGTH_MAX)}`;
  const details = { status };
  if (CONTENT_STATUSES.includes(status)) return new RecordsRefused(answer, details);
  const isTransient = status >= 500 || PATIENCE_STATUSES.includes(status);
  return new AppError(isTransient ? 'unavailable' : 'invalid', answer, { details });
}
