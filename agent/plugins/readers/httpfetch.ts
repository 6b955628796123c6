import { z } from 'zod';
import { redactedUrl } from '../../../shared/domain/redaction.ts';
import { AppError } from '../../../shared/kernel/errors.ts';
import { linesOf } from '../../fetch/lines-of.ts';
import { openRoundReader, type Round } from '../../fetch/round-reader.ts';
import { scheduleOption } from '../../fetch/schedule.ts';
import { wholeText } from '../../fetch/whole-text.ts';
import { plainLines } from '../../framing/plain-lines.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';
import { type BatchLimits, type PluginContext } from '../plugin.ts';

const MIB = 1024 * 1024;
const TIMEOUT_S = { fallback: 30, max: 3_600 };
const ANSWER_BYTES = { fallback: 64 * MIB, max: 256 * MIB };
const ANSWER_SHOWN_LENGTH_MAX = 200;
const PAGE_MAX = Number.MAX_SAFE_INTEGER;

const Headers = z.record(z.string(), z.string());
const Kept = z.object({ page: z.int().nonnegative() });

const HttpfetchOptions = z.object({
  http_service_address: option
    .required('http://127.0.0.1:4000')
    .transform((address, check) => {
      const url = /^https?:\/\//i.test(address) ? address : `http://${address}`;
      if (URL.canParse(url)) return url;
      check.addIssue(`${JSON.stringify(address)} is no address; write one such as "10.0.0.1:8080"`);
      return z.NEVER;
    })
    .describe('The server that is asked: "host:port", with "https://" before it if need be.')
    .meta({ example: 'http://127.0.0.1:4000' }),
  http_service_path: option
    .text('')
    .describe(
      'The path, with its query; $(pageNum) and $(pageSize) stand for the page that is asked for.',
    )
    .meta({ example: '/logs?page=$(pageNum)&size=$(pageSize)' }),
  http_method: option.choice(['GET', 'POST', 'PUT']).describe('How it is asked.'),
  http_cron: scheduleOption.describe(
    'When it is asked: "loop 15s", or a cron expression such as "00 10 * * * *"; empty: only at the start.',
  ),
  http_exec_onstart: option
    .flag(true)
    .describe('It is also asked when the runner starts; in a loop it always is.'),
  http_headers: z
    .string()
    .default('')
    .transform((text, check) => {
      const headers = Headers.safeParse(text.trim() === '' ? {} : jsonOrNull(text));
      if (headers.success) return headers.data;
      check.addIssue('must be a JSON object of texts, such as {"X-Token": "..."}');
      return z.NEVER;
    })
    .describe('Headers of the request, as a JSON object.')
    .meta({ example: '{"Content-Type": "application/json"}' }),
  http_body: option.text('').describe('The body of the request; it may hold the variables, too.'),
  http_response: option
    .choice(['text', 'lines'])
    .describe('"text": what is answered is one record; "lines": each line of it is one.'),
  http_page_no: option
    .int(1, { min: 0, max: PAGE_MAX })
    .describe(
      'The first page that $(pageNum) stands for; each answer with content moves it on by one.',
    )
    .meta({ advanced: true }),
  http_page_size: option
    .int(10, { min: 1, max: PAGE_MAX })
    .describe('What $(pageSize) stands for.')
    .meta({ advanced: true }),
  http_dial_timeout: option
    .int(TIMEOUT_S.fallback, { min: 1, max: TIMEOUT_S.max })
    .describe('Seconds for the connection, added to http_response_timeout.')
    .meta({ advanced: true }),
  http_response_timeout: option
    .int(TIMEOUT_S.fallback, { min: 1, max: TIMEOUT_S.max })
    .describe('Seconds for the whole answer.')
    .meta({ advanced: true }),
  http_max_response_size: option
    .int(ANSWER_BYTES.fallback, { min: 1, max: ANSWER_BYTES.max })
    .describe('An answer of more bytes is refused.')
    .meta({ advanced: true }),
});
type HttpfetchOptions = z.output<typeof HttpfetchOptions>;

/**
 * Asks a server for data again and again. Only a status from 200 to 299 is an answer; anything else
 * is told in the status and asked again soon, up to ten times, but in a loop at its next time. The
 * page is kept with the commit of its last record: a page whose records were not delivered when the
 * process died is asked for again, so that nothing is lost as long as the server still has it, and
 * its first records may come twice. Without a page in the request nothing is known to ask for again.
 */
export const httpfetchReader = defineReader({
  type: 'httpfetch',
  usage: 'Asks a server at the start, in a loop or by cron, page by page if need be.',
  options: HttpfetchOptions,
  secrets: ['http_headers', 'http_body'],
  open(options, opening, context) {
    return openRoundReader(
      {
        source: 'httpfetch',
        origin: redactedUrl(options.http_service_address + options.http_service_path),
        schedule: options.http_cron,
        onStart: options.http_exec_onstart,
        gather: (kept, signal) => {
          const { success, data } = Kept.safeParse(kept);
          const page = success ? data.page : options.http_page_no;
          return fetchPage(options, { page, limits: opening.limits, signal, context });
        },
      },
      opening,
      context,
    );
  },
});

interface Asking {
  readonly page: number;
  readonly limits: BatchLimits;
  readonly signal: AbortSignal;
  readonly context: PluginContext;
}

async function fetchPage(options: HttpfetchOptions, asking: Asking): Promise<Round> {
  const { page, limits, signal, context } = asking;
  const filled = (text: string) =>
    text
      .replaceAll('$(pageNum)', String(page))
      .replaceAll('$(pageSize)', String(options.http_page_size));
  const url = filled(options.http_service_address + options.http_service_path);
  const { status, body } = await context.http.request({
    method: options.http_method,
    url,
    headers: options.http_headers,
    ...(options.http_body !== '' && { body: filled(options.http_body) }),
    timeoutMs: (options.http_dial_timeout + options.http_response_timeout) * 1_000,
    answerBytesMax: options.http_max_response_size,
    signal,
  });
  if (status < 200 || status > 299) {
    const words = body.slice(0, ANSWER_SHOWN_LENGTH_MAX);
    throw new AppError(
      'unavailable',
      `${redactedUrl(url)} answered with status ${status}: ${words}`,
    );
  }
  const bytes = Buffer.from(body);
  const isText = options.http_response === 'text';
  const { parts, counts } = isText ? wholeText(bytes, limits) : linesOf(bytes, plainLines, limits);
  return { parts, counts, keep: { page: page + 1 } };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
