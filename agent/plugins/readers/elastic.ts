import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { AppError } from '../../../shared/kernel/errors.ts';
import { HTTP_SECRETS, httpAccess } from '../../outbound/http-access.ts';
import { baseOf, targetsOption } from '../../outbound/http-target.ts';
import { cronOption } from '../../sql/sql-options.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';
import {
  ELASTIC_VERSIONS,
  type ElasticSource,
  KEY_TYPES,
  type RisingField,
} from './elastic/elastic-source.ts';
import { indexNaming, TIME_ZONES } from './elastic/index-names.ts';
import { openElasticReader } from './elastic/open-elastic-reader.ts';

const PAGE_HITS = { fallback: 1_000, max: 10_000 };
const TIMEOUT_MS_DEFAULT = 60_000;
const POLL_MS_DEFAULT = 5_000;
const DELAY_SECONDS_DEFAULT = 10;
const DELAY_MAX = 86_400_000;
const SHIFT_HOURS_MAX = 24 * 366;
const ISO_TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?$/;
const WHOLE_NUMBER = /^-?\d{1,19}$/;

const ElasticOptions = z
  .looseObject({
    es_host: targetsOption('http://localhost:9200').describe(
      'The servers, parted by commas; when one does not answer the next is asked.',
    ),
    es_version: option
      .choice(ELASTIC_VERSIONS)
      .describe('The version of the servers; "auto" asks them. OpenSearch is "auto", too.'),
    es_index: option
      .required('app-repo-2006.01.02')
      .describe(
        'The index, several parted by commas, or a pattern such as "app-*"; with es_date_shift a layout that the time is put into.',
      ),
    es_type: option
      .text('')
      .describe('The type of the documents, of servers before version 7; empty: any.')
      .meta({ advanced: true, example: 'type_app' }),
    es_limit_batch: option
      .int(PAGE_HITS.fallback, { min: 1, max: PAGE_HITS.max })
      .describe('So many documents are asked for at a time.')
      .meta({ advanced: true }),
    es_keepalive: z
      .string()
      .regex(/^(\d+(d|h|m|s))?$/, { error: 'must be a time of the server such as "1d" or "30m"' })
      .default('1d')
      .transform((text) => (text === '' ? '1d' : text))
      .describe(
        'So long the server keeps what was begun, so that a restart goes on with the very next document.',
      )
      .meta({ advanced: true }),
    es_exec_onstart: option.flag(true).describe('With es_cron: reads at the start, too.'),
    es_cron: cronOption()
      .describe(
        'When to read, as a cron expression or a duration; empty: with es_cron_offset all the time, without it once.',
      )
      .meta({ advanced: true }),
    es_cron_offset: option
      .text('')
      .describe(
        'A field whose values rise with every document: those behind the last one are read. Empty: all documents are, each time.',
      )
      .meta({ advanced: true, example: 'timestamp' }),
    es_offset_key_type: option
      .choice(KEY_TYPES)
      .describe('What that field holds: whole numbers or times.')
      .meta({ advanced: true }),
    es_offset_start_time: option
      .text('')
      .describe(
        'The value that the first run begins at: a number, or a time such as "2026-11-20T20:30:00Z" (UTC, where no zone is given); empty: the lowest.',
      )
      .meta({ advanced: true, example: '2026-11-20T20:30:00Z' }),
    es_delay_time: option
      .int(DELAY_SECONDS_DEFAULT, { min: 0, max: DELAY_MAX })
      .describe(
        'So long after it was given its value a document may not be found yet: more than the refresh_interval of the index and the haste of who writes it.',
      )
      .meta({ advanced: true }),
    es_delay_time_unit: option
      .choice(['second', 'millisecond'])
      .describe('The unit of that.')
      .meta({ advanced: true }),
    es_poll_interval: goDurationOption(POLL_MS_DEFAULT)
      .describe('With es_cron_offset and no times: so long it waits when there was nothing new.')
      .meta({ advanced: true }),
    es_date_shift: option
      .flag(false)
      .describe('The time is put into es_index, which is a layout of Go such as "app-2006.01.02".')
      .meta({ advanced: true }),
    es_date_offset: option
      .int(0, { min: 0, max: SHIFT_HOURS_MAX })
      .describe('So many hours before now that time is; 24: yesterday.')
      .meta({ advanced: true }),
    es_time_zone: option
      .choice(TIME_ZONES)
      .describe('Where that time is taken: on this machine, in UTC, or in China.')
      .meta({ advanced: true }),
    es_timeout: goDurationOption(TIMEOUT_MS_DEFAULT)
      .describe('So long a server has to answer.')
      .meta({ advanced: true }),
    ...httpAccess,
  })
  .superRefine((options, context) => {
    const { es_offset_start_time: start } = options;
    if (start !== '' && startOf(options) === null) {
      const path = ['es_offset_start_time'];
      context.addIssue({ code: 'custom', path, message: `${JSON.stringify(start)} is no value` });
    }
    const problem = namingProblem(options);
    if (problem !== null) {
      context.addIssue({ code: 'custom', path: ['es_index'], message: problem });
    }
  });
type ElasticOptions = z.output<typeof ElasticOptions>;

/**
 * Documents as JSON lines, as they were put in. By a rising field each is read once, in the order of
 * its values; a value is read when everything that is not above it had the time to become findable.
 * Without a field all documents are read, from one snapshot: once, or at each time.
 *
 * A restart goes on in the same snapshot, with exactly the batch that was on its way. Where that is
 * not to be had (a version before 7.12, OpenSearch, one that has ended on the server), what was not
 * settled is read again: by a field from the last value on, without one all of it. Documents that
 * are changed or deleted later are beyond that.
 */
export const elasticReader = defineReader({
  type: 'elastic',
  usage:
    'Reads the documents of an index of Elasticsearch or OpenSearch: new ones by a rising field, or all, once or at set times.',
  options: ElasticOptions,
  secrets: HTTP_SECRETS,
  open: (options, opening, context) => openElasticReader(sourceOf(options), opening, context),
});

function sourceOf(options: ElasticOptions): ElasticSource {
  const { es_host: hosts, es_index: index, es_cron_offset: field, es_cron: cron } = options;
  const [host = { url: '', authorization: null }] = hosts;
  const origin = `${baseOf(host)}/${index}`;
  const delayMs = options.es_delay_time * (options.es_delay_time_unit === 'second' ? 1_000 : 1);
  return {
    id: `elastic:${origin}${field === '' ? '' : `?${field}`}`,
    ...{ origin, hosts, cron },
    access: options,
    timeoutMs: options.es_timeout,
    version: options.es_version,
    type: options.es_type,
    isShifted: options.es_date_shift,
    indices: options.es_date_shift ? namingOf(options) : () => [index],
    key: keyOf(options),
    pageHits: options.es_limit_batch,
    keepAlive: options.es_keepalive,
    settleMs: delayMs,
    pollMs: options.es_poll_interval,
    isRunAtStart: options.es_exec_onstart || cron === '',
  };
}

function keyOf(options: ElasticOptions): RisingField | null {
  const { es_cron_offset: name, es_offset_key_type: type } = options;
  return name === '' ? null : { name, type, startAt: startOf(options) };
}

/** The start as a search gives values back: a number, or milliseconds; null: it is none. */
function startOf({
  es_offset_start_time: start,
  es_offset_key_type: type,
}: Pick<ElasticOptions, 'es_offset_start_time' | 'es_offset_key_type'>): string | null {
  if (WHOLE_NUMBER.test(start)) return start;
  if (type !== 'date' || !ISO_TIME.test(start)) return null;
  const hasZone = /(Z|[+-]\d\d:\d\d)$/.test(start) || !/[T ]/.test(start);
  const ms = Date.parse(`${start.replace(' ', 'T')}${hasZone ? '' : 'Z'}`);
  return Number.isNaN(ms) ? null : String(ms);
}

type Naming = Pick<
  ElasticOptions,
  'es_index' | 'es_date_shift' | 'es_date_offset' | 'es_time_zone'
>;

function namingOf({ es_index: layout, es_time_zone: zone, es_date_offset: backHours }: Naming) {
  return indexNaming({ layout, zone, backHours });
}

function namingProblem(options: Naming): string | null {
  if (!options.es_date_shift) return null;
  try {
    namingOf(options);
    return null;
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return thrown.message;
  }
}
