import { z } from 'zod';
import { scheduleOption } from '../../../fetch/schedule.ts';
import { fieldPath } from '../../../records/field-path.ts';
import { option } from '../../option.ts';

const MIB = 1024 * 1024;
const TIMEOUT_S = { fallback: 30, max: 3_600 };
const ANSWER_BYTES = { fallback: 64 * MIB, max: 256 * MIB };
const PAGE_MAX = Number.MAX_SAFE_INTEGER;
/** Far below what a store can count to. */
const ID_MAX = 10n ** 18n;
const SPAN_MAX = 1_000_000_000;

const Headers = z.record(z.string(), z.string());

export const HttpfetchOptions = z.object({
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
  http_first_id: idOption('1').describe(
    'The first ID that agents ask for that share the work: {id} in the path or the body stands for one ID, {min} and {max} for the first and the last of several.',
  ),
  http_last_id: idOption('')
    .describe('The last ID of shared work; empty: http_last_id_path tells it.')
    .meta({ example: '1000000' }),
  http_last_id_path: option
    .text('')
    .describe('The path, with its query, where the server tells in JSON which ID is the last now.')
    .meta({ example: '/orders/last' }),
  http_last_id_field: option
    .text('')
    .transform((text, check) => {
      const path = text.trim() === '' ? null : fieldPath(text);
      if (path !== null || text.trim() === '') return path;
      check.addIssue('must be the name of a field, such as "data.id"');
      return z.NEVER;
    })
    .describe('The field of that answer which holds the ID; empty: the answer is the ID.')
    .meta({ example: 'data.id' }),
  http_ids_a_request: option
    .int(0, { min: 0, max: SPAN_MAX })
    .describe('With {min} and {max}: so many IDs are asked for at once; 0: all of a partition.')
    .meta({ advanced: true }),
});
export type HttpfetchOptions = z.output<typeof HttpfetchOptions>;

/** Null for a text that is empty. */
function idOption(fallback: string) {
  return z
    .string()
    .default(fallback)
    .transform((text, check) => {
      if (text.trim() === '') return null;
      const id = /^\d{1,19}$/.test(text.trim()) ? BigInt(text.trim()) : ID_MAX + 1n;
      if (id <= ID_MAX) return id;
      check.addIssue(`must be a whole number from 0 to ${ID_MAX}`);
      return z.NEVER;
    })
    .meta({ default: fallback });
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
