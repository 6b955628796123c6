import { parseJson } from '../../shared/api/json-numbers.ts';
import { HttpRecorder, type Recorded } from './http-recorder.ts';

interface Document {
  readonly index: string;
  readonly id: string;
  /** Its source, just as it was put in. */
  readonly text: string;
}

/** A document in a snapshot, with what it can be sorted by. */
interface Found extends Document {
  readonly value: bigint | null;
  readonly shardDoc: bigint;
}

interface Scroll {
  readonly found: readonly Found[];
  readonly hasKey: boolean;
  readonly size: number;
  at: number;
}

interface SearchBody {
  readonly size?: number;
  readonly query?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly sort?: readonly unknown[];
  readonly search_after?: readonly unknown[];
  readonly pit?: { readonly id: string };
  readonly _source?: boolean;
}

interface Said {
  readonly status: number;
  readonly body: string;
}

/**
 * A recorded protocol server: what Elasticsearch answers to searches, written down. Documents can be
 * found after a refresh. A point in time and a scroll see those that could be found as they were
 * opened; documents of one value stand in an order that is another one in each of them; a scroll
 * moves on with every page and never back. What it has forgotten it answers with 404.
 */
export class RecordedSearch {
  version: Readonly<Record<string, string>> = { number: '8.15.0' };
  /** What it says instead of the next answers; null: an answer with a shard that failed. */
  readonly failures: (Said | null)[] = [];
  readonly #written: Document[] = [];
  #visible: readonly Document[] = [];
  #opened = 0;
  readonly #pits = new Map<string, readonly Document[]>();
  readonly #scrolls = new Map<string, Scroll>();
  #server: HttpRecorder | null = null;

  static async open(): Promise<RecordedSearch> {
    const search = new RecordedSearch();
    search.#server = await HttpRecorder.open((request) => search.#answer(request));
    return search;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  get received(): readonly Recorded[] {
    return this.#server?.received ?? [];
  }

  /** How many points in time and scrolls it keeps. */
  get openSnapshots(): number {
    return this.#pits.size + this.#scrolls.size;
  }

  /** Ids are given in turn. */
  write(index: string, texts: readonly string[]): void {
    for (const text of texts) {
      this.#written.push({ index, id: `d${this.#written.length}`, text });
    }
  }

  /** What is written can be found from now on. */
  refresh(): void {
    this.#visible = [...this.#written];
  }

  put(index: string, texts: readonly string[]): void {
    this.write(index, texts);
    this.refresh();
  }

  /** All that was begun has been kept too long, or the server was started anew. */
  forgetSnapshots(): void {
    this.#pits.clear();
    this.#scrolls.clear();
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #answer({ method, url, body }: Recorded): Said {
    const failure = this.failures.shift();
    if (failure !== undefined && failure !== null) return failure;
    if (method === 'DELETE') return this.#forget(body);
    const { pathname } = new URL(url, 'http://server');
    const shards = { failed: failure === null ? 1 : 0 };
    const asked: SearchBody = body === '' ? {} : JSON.parse(body);
    switch (pathname) {
      case '/':
        return said({ version: this.version });
      case '/_search':
        return this.#searchPit(asked, body, shards);
      case '/_search/scroll':
        return this.#scrollOn(body, shards);
      default:
        return this.#searchIndices(new URL(url, 'http://server'), asked, body, shards);
    }
  }

  #searchIndices({ pathname, searchParams }: URL, asked: SearchBody, body: string, shards: object) {
    const [names = '', ...rest] = pathname.slice(1).split('/').map(decodeURIComponent);
    const found = this.#documentsOf(names, searchParams.has('ignore_unavailable'));
    if (found === null) return unknown('index_not_found_exception');
    if (rest.at(-1) === '_pit') return this.#openPit(found);
    const hits = this.#found(rotated(found, this.#opened), asked, body);
    if (!searchParams.has('scroll')) return answered(hits, asked, shards);
    return this.#openScroll(hits, asked, shards);
  }

  /** Of names parted by commas, with stars. */
  #documentsOf(names: string, mayBeMissing: boolean): readonly Document[] | null {
    const patterns = names.split(',');
    const known = patterns.map((name) => this.#visible.filter((it) => matches(it.index, name)));
    const isMissing = known.some((some, nth) => some.length === 0 && !patterns[nth]?.includes('*'));
    return isMissing && !mayBeMissing ? null : known.flat();
  }

  #openPit(documents: readonly Document[]): Said {
    this.#opened += 1;
    const id = `pit-${this.#opened}`;
    this.#pits.set(id, rotated(documents, this.#opened));
    return said({ id });
  }

  #searchPit(asked: SearchBody, text: string, shards: object): Said {
    const id = asked.pit?.id ?? '';
    const documents = this.#pits.get(id);
    if (documents === undefined) return unknown('search_context_missing_exception');
    const found = this.#found(documents, asked, text);
    const after = afterOf(text);
    const rest = after === null ? found : found.filter((it) => isBehind(it, after));
    return answered(rest.slice(0, asked.size), asked, shards, { pit_id: id });
  }

  #openScroll(found: readonly Found[], asked: SearchBody, shards: object): Said {
    this.#opened += 1;
    const id = `scroll-${this.#opened}`;
    const scroll = { found, hasKey: keyOf(asked) !== null, size: asked.size ?? 10, at: 0 };
    this.#scrolls.set(id, scroll);
    return this.#nextPage(id, scroll, shards);
  }

  #scrollOn(body: string, shards: object): Said {
    const { scroll_id: id }: { scroll_id: string } = JSON.parse(body);
    const scroll = this.#scrolls.get(id);
    if (scroll === undefined) return unknown('search_context_missing_exception');
    return this.#nextPage(id, scroll, shards);
  }

  #nextPage(id: string, scroll: Scroll, shards: object): Said {
    const page = scroll.found.slice(scroll.at, scroll.at + scroll.size);
    scroll.at += scroll.size;
    return answered(page, {}, shards, { _scroll_id: id });
  }

  #forget(body: string): Said {
    const { id, scroll_id: ids = [] }: { id?: string; scroll_id?: string[] } = JSON.parse(body);
    for (const known of id === undefined ? ids : [id]) {
      this.#pits.delete(known);
      this.#scrolls.delete(known);
    }
    return said({ succeeded: true });
  }

  /** What the query finds, in its order. */
  #found(documents: readonly Document[], asked: SearchBody, text: string): Found[] {
    const key = keyOf(asked);
    const all = documents.map((document, nth) => ({
      ...document,
      value: key === null ? null : valueOf(document.text, key.name),
      shardDoc: BigInt(nth) * 4_294_967_296n,
    }));
    const sign = key?.order === 'desc' ? -1 : 1;
    return all
      .filter((document) => key === null || isInRange(document.value, text))
      .toSorted((a, b) => sign * compared(a, b))
      .slice(0, asked.pit === undefined && keyOf(asked)?.order === 'desc' ? asked.size : undefined);
  }
}

function said(value: unknown): Said {
  return { status: 200, body: JSON.stringify(value) };
}

function unknown(type: string): Said {
  const error = { root_cause: [{ type }], type };
  return { status: 404, body: JSON.stringify({ error, status: 404 }) };
}

/** The sources stand in the answer as they were put in, line breaks and all. */
function answered(
  found: readonly Found[],
  asked: SearchBody,
  shards: object,
  head: object = {},
): Said {
  const hits = found.map(({ index, id, text, value, shardDoc }) => {
    const source = asked._source === false ? '' : `,"_source":${text}`;
    const sort = value === null ? `${shardDoc}` : `${value},${shardDoc}`;
    return `{"_index":"${index}","_id":"${id}","_score":null${source},"sort":[${sort}]}`;
  });
  const rest = JSON.stringify({ timed_out: false, _shards: shards, ...head }).slice(1);
  return { status: 200, body: `{"took":1,"hits":{"hits":[${hits.join(',')}]},${rest}` };
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** What has no order has another one each time. */
function rotated(documents: readonly Document[], by: number): readonly Document[] {
  const at = documents.length === 0 ? 0 : (by * 7) % documents.length;
  return [...documents.slice(at), ...documents.slice(0, at)];
}

function keyOf({ sort = [] }: SearchBody): { name: string; order: string } | null {
  const [first] = sort;
  if (typeof first !== 'object' || first === null) return null;
  const [[name, how] = ['', null]] = Object.entries(first);
  if (name === '_shard_doc') return null;
  const { order }: { order: string } = how;
  return { name, order };
}

/** A number with all its digits, or the milliseconds of a time; null: it has no such field. */
function valueOf(text: string, name: string): bigint | null {
  const document: unknown = parseJson(text);
  const value: unknown =
    typeof document === 'object' && document !== null ? Reflect.get(document, name) : undefined;
  if (value === undefined) return null;
  return typeof value === 'string' ? BigInt(Date.parse(value)) : BigInt(JSON.stringify(value));
}

/** By the bounds of the query, which may be numbers of many digits, or times. */
function isInRange(value: bigint | null, text: string): boolean {
  if (value === null) return false;
  const bounds = [...text.matchAll(/"(gte|gt|lte)":("[^"]*"|-?\d+)/g)];
  return bounds.every(([, kind, written = '0']) => {
    const bound = written.startsWith('"')
      ? BigInt(Date.parse(written.slice(1, -1)))
      : BigInt(written);
    if (kind === 'gte') return value >= bound;
    return kind === 'gt' ? value > bound : value <= bound;
  });
}

function afterOf(text: string): readonly bigint[] | null {
  const [, list] = /"search_after":\[([\d,-]+)\]/.exec(text) ?? [];
  return list?.split(',').map(BigInt) ?? null;
}

function isBehind({ value, shardDoc }: Found, after: readonly bigint[]): boolean {
  const own = value === null ? [shardDoc] : [value, shardDoc];
  const nth = own.findIndex((part, place) => part !== after[place]);
  return nth !== -1 && (own[nth] ?? 0n) > (after[nth] ?? 0n);
}

function compared(a: Found, b: Found): number {
  if (a.value !== b.value) return (a.value ?? 0n) < (b.value ?? 0n) ? -1 : 1;
  return a.shardDoc < b.shardDoc ? -1 : Number(a.shardDoc > b.shardDoc);
}
