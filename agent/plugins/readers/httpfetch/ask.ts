import type { HttpClient, HttpResponse } from '../../../../shared/client/http-client.ts';
import { redactedUrl } from '../../../../shared/domain/redaction.ts';
import { AppError } from '../../../../shared/kernel/errors.ts';
import { linesOf } from '../../../fetch/lines-of.ts';
import { wholeText } from '../../../fetch/whole-text.ts';
import { plainLines } from '../../../framing/plain-lines.ts';
import type { BatchLimits } from '../../plugin.ts';
import type { HttpfetchOptions } from './options.ts';

const ANSWER_SHOWN_LENGTH_MAX = 200;

export interface Asking {
  /** Puts what is asked for in the place of the variables of a text. */
  readonly fill: (text: string) => string;
  readonly http: HttpClient;
  readonly signal: AbortSignal;
}

/** @throws AppError `unavailable` for any other status than from 200 to 299, and as `HttpClient`. */
export async function answered(options: HttpfetchOptions, asking: Asking): Promise<string> {
  const { url, status, body } = await asked(options, asking);
  if (isAnswer(status)) return body;
  throw refused(url, { status, body });
}

/** The same; null for an answer that there is nothing of the kind. */
export async function answeredIfThere(
  options: HttpfetchOptions,
  asking: Asking,
): Promise<string | null> {
  const { url, status, body } = await asked(options, asking);
  if (isAnswer(status)) return body;
  if (status === NOT_FOUND || status === GONE) return null;
  throw refused(url, { status, body });
}

/** What the server says at another path; nothing is sent along but the headers. */
export function answeredAt(
  options: HttpfetchOptions,
  path: string,
  asking: Omit<Asking, 'fill'>,
): Promise<string> {
  const plain = { ...options, http_service_path: path, http_body: '' };
  return answered({ ...plain, http_method: 'GET' }, { ...asking, fill: (text) => text });
}

/** An answer as records, in parts of which each may be a batch. */
export function linesOfAnswer(options: HttpfetchOptions, body: string, limits: BatchLimits) {
  const bytes = Buffer.from(body);
  const isText = options.http_response === 'text';
  return isText ? wholeText(bytes, limits) : linesOf(bytes, plainLines, limits);
}

const NOT_FOUND = 404;
const GONE = 410;

async function asked(options: HttpfetchOptions, { fill, http, signal }: Asking) {
  const url = fill(options.http_service_address + options.http_service_path);
  const { status, body } = await http.request({
    ...{ method: options.http_method, url, headers: options.http_headers },
    ...(options.http_body !== '' && { body: fill(options.http_body) }),
    timeoutMs: (options.http_dial_timeout + options.http_response_timeout) * 1_000,
    answerBytesMax: options.http_max_response_size,
    signal,
  });
  return { url, status, body };
}

function isAnswer(status: number): boolean {
  return status >= 200 && status <= 299;
}

function refused(url: string, { status, body }: Pick<HttpResponse, 'status' | 'body'>): AppError {
  const words = body.slice(0, ANSWER_SHOWN_LENGTH_MAX);
  return new AppError(
    'unavailable',
    `${redactedUrl(url)} answered with status ${status}: ${words}`,
  );
}
