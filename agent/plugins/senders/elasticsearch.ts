import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { AppError } from '../../../shared/kernel/errors.ts';
import { BatchTime } from '../../outbound/batch-time.ts';
import { serverKind } from '../../outbound/elastic-version.ts';
import { HTTP_SECRETS, httpAccess } from '../../outbound/http-access.ts';
import { HttpSink } from '../../outbound/http-sink.ts';
import { baseOf, targetsOption } from '../../outbound/http-target.ts';
import { ACCEPTED, type Acceptance, type Refused } from '../../sink/acceptance.ts';
import { defineSender } from '../define.ts';
import { option } from '../option.ts';
import {
  type Delivery,
  type PluginContext,
  type RecordForm,
  type Records,
  type Sender,
} from '../plugin.ts';
import { BULK_FILTER, bulkOutcomes, type ItemOutcome } from './elasticsearch/bulk-answer.ts';
import { type BulkItem, bulkBody, bulkItems } from './elasticsearch/bulk-body.ts';
import { IndexName } from './elasticsearch/index-name.ts';

const TIMEOUT_MS_DEFAULT = 60_000;
const VERSIONS = ['auto', '9.x', '8.x', '7.x', '6.x', '5.x', '3.x'] as const;
const TYPED: readonly string[] = ['6.x', '5.x', '3.x'];

const ElasticOptions = z.object({
  name: option.senderName(),
  elastic_host: targetsOption('http://192.168.31.203:9200').describe(
    'The servers, parted by commas; when one does not answer the next is asked.',
  ),
  elastic_version: option
    .choice(VERSIONS)
    .describe('The version of the servers; "auto" asks them. OpenSearch is "auto", too.'),
  elastic_index: option
    .required('app-repo-123')
    .describe(
      'The index; {{field}} in it becomes what that field of the record holds, in lower case.',
    ),
  elastic_type: option
    .text('logkit')
    .describe('The type of the documents, which servers before version 7 want to know.')
    .meta({ advanced: true }),
  elastic_id_field: option
    .text('')
    .describe(
      'The field with the id of a document, which replaces the one of the same id; without it documents get ids that are the same when they are sent again.',
    ),
  elastic_index_strategy: option
    .choice(['default', 'year', 'month', 'day'])
    .describe('An index for each year, month or day: the date is put behind the name.')
    .meta({ advanced: true }),
  elastic_time_zone: option
    .choice(['UTC', 'Local', 'PRC'])
    .describe('Where the date is taken: UTC, this machine, or China.')
    .meta({ advanced: true }),
  elastic_time_field: option
    .text('')
    .describe('The field whose time is the date of the index; without it, the time of sending is.')
    .meta({ advanced: true }),
  enable_gzip: option.flag(false).describe('Compresses requests.').meta({ advanced: true }),
  logkit_send_time: option
    .flag(true)
    .describe('Each document tells when it was sent, as "_time" in milliseconds.')
    .meta({ advanced: true }),
  elastic_timeout: goDurationOption(TIMEOUT_MS_DEFAULT)
    .describe('So long a server has to answer.')
    .meta({ advanced: true }),
  ...httpAccess,
});
type ElasticOptions = z.output<typeof ElasticOptions>;

/**
 * Writes each batch by bulk requests. What "once" rests on is the id of a document: from the record,
 * or from the batch's key and the place in it. A document that is there already is not made again,
 * as long as it belongs into the same index: with a date strategy and no `elastic_time_field`, a
 * batch that was sent just before midnight may be there twice after a crash.
 *
 * Documents that the server refuses for what they are become dead letters; those that it has no
 * time for are sent again, without the others.
 */
export const elasticsearchSender = defineSender({
  type: 'elasticsearch',
  usage: 'Writes each record once into an index of Elasticsearch or OpenSearch.',
  options: ElasticOptions,
  secrets: HTTP_SECRETS,
  open: async (options, context) => new ElasticSender(options, context),
});

/** How far a batch has come that is to be tried again. Its bytes are not kept: they are lent. */
interface Rest {
  readonly key: string;
  /** Places of documents that are neither taken nor refused; null: of all. */
  readonly places: readonly number[] | null;
  readonly refused: readonly Refused[];
}

class ElasticSender implements Sender {
  readonly sendsKey = true;
  readonly wants: RecordForm;
  readonly name: string;
  readonly #options: ElasticOptions;
  readonly #sink: HttpSink;
  readonly #index: IndexName;
  readonly #time: BatchTime;
  /** Of the servers, the one that is asked. */
  #host = 0;
  #isTyped: boolean | null;
  #rest: Rest | null = null;

  constructor(options: ElasticOptions, context: PluginContext) {
    const hosts = options.elastic_host.map(({ url }) => url).join(' ');
    const index = options.elastic_index;
    this.name =
      options.name === '' ? `elasticSender:(elasticUrl:[${hosts}],index:${index})` : options.name;
    this.#options = options;
    this.#index = new IndexName(options);
    this.wants = this.#index.isFixed && options.elastic_id_field === '' ? 'ndjson' : 'objects';
    this.#isTyped =
      options.elastic_version === 'auto' ? null : TYPED.includes(options.elastic_version);
    this.#time = new BatchTime(context.clock);
    this.#sink = new HttpSink(context, {
      access: options,
      timeoutMs: options.elastic_timeout,
      isZipped: options.enable_gzip,
    });
  }

  async send(records: Records, signal: AbortSignal, { key }: Delivery): Promise<Acceptance> {
    if (records.count === 0) return ACCEPTED;
    const fresh = { key, places: null, refused: [] };
    const rest = this.#rest?.key === key ? this.#rest : fresh;
    try {
      const refused = await this.#write(records, rest, signal);
      return { ...ACCEPTED, refused };
    } catch (thrown) {
      this.#host += 1;
      throw thrown;
    }
  }

  close(): Promise<void> {
    return this.#sink.close();
  }

  /** Returns what is refused; remembers what is to be sent again. */
  async #write(records: Records, rest: Rest, signal: AbortSignal): Promise<readonly Refused[]> {
    const items = await this.#items(records, rest.key, signal);
    const places = rest.places ?? items.map((_, place) => place);
    const target = this.#target;
    const url = `${baseOf(target)}/_bulk?filter_path=${BULK_FILTER}`;
    const { body } = await this.#sink.post({
      target: { ...target, url },
      body: bulkBody(places.flatMap((place) => items.slice(place, place + 1))),
      headers: { 'content-type': 'application/x-ndjson' },
      signal,
    });
    const outcomes = bulkOutcomes(url, body, places.length) ?? [];
    const refused = [...rest.refused, ...refusedOf(outcomes, places)];
    const isLeft = ({ kind }: ItemOutcome) => kind === 'later' || kind === 'forbidden';
    const left = places.filter((_, nth) => outcomes[nth] !== undefined && isLeft(outcomes[nth]));
    this.#rest = left.length === 0 ? null : { key: rest.key, places: left, refused };
    const problem = outcomes.find(isLeft);
    if (problem !== undefined) throw untaken(target.url, problem);
    return refused;
  }

  async #items(records: Records, key: string, signal: AbortSignal): Promise<BulkItem[]> {
    const { elastic_id_field: idField, elastic_type, logkit_send_time } = this.#options;
    this.#isTyped ??= (await serverKind(this.#sink, this.#target, signal)).isTyped;
    const type = this.#isTyped ? elastic_type : null;
    const options = { index: this.#index, idField, type, hasSendTime: logkit_send_time };
    return bulkItems(records, { key, timeMs: this.#time.of(key) }, options);
  }

  get #target() {
    const { elastic_host: hosts } = this.#options;
    return hosts[this.#host % hosts.length] ?? { url: '', authorization: null };
  }
}

function refusedOf(outcomes: readonly ItemOutcome[], places: readonly number[]): Refused[] {
  return outcomes.flatMap((outcome, nth) => {
    const index = places[nth];
    if (outcome.kind !== 'refused' || index === undefined) return [];
    return [{ index, reason: outcome.reason }];
  });
}

/** Of a document that is neither taken nor refused. */
function untaken(url: string, outcome: ItemOutcome): AppError {
  const kind = outcome.kind === 'later' ? 'unavailable' : 'invalid';
  const reason = outcome.kind === 'taken' ? '' : outcome.reason;
  return new AppError(kind, `${url} did not take a document: ${reason}`);
}
