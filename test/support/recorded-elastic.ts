import { HttpRecorder, type Recorded } from './http-recorder.ts';

type Document = Readonly<Record<string, unknown>>;

interface Outcome {
  readonly status: number;
  readonly error?: { readonly type: string; readonly reason: string };
}

const NOT_FOUND = { status: 404, body: '{}' };

/**
 * A recorded protocol server: what Elasticsearch 8 answers to bulk requests, written down. It keeps
 * documents by index and id, makes none twice, and fails as it is told to.
 */
export class RecordedElastic {
  /** By index, by id. */
  readonly indices = new Map<string, Map<string, Document>>();
  /** What it says to a document instead of taking it; null: it takes it. */
  judge: (document: Document) => Outcome | null = () => null;
  /** What it says instead of looking at a request at all. */
  status = 200;
  version: Readonly<Record<string, string>> = { number: '8.15.0' };
  #server: HttpRecorder | null = null;

  static async open(): Promise<RecordedElastic> {
    const elastic = new RecordedElastic();
    elastic.#server = await HttpRecorder.open((request) => elastic.#answer(request));
    return elastic;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  get received(): readonly Recorded[] {
    return this.#server?.received ?? [];
  }

  /** The documents of an index by id. */
  documents(index: string): Record<string, Document> {
    return Object.fromEntries(this.indices.get(index) ?? []);
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #answer({ method, url, body }: Recorded) {
    if (this.status !== 200) return { status: this.status, body: 'no' };
    if (method === 'GET') return { status: 200, body: JSON.stringify({ version: this.version }) };
    if (!url.startsWith('/_bulk')) return NOT_FOUND;
    const items = this.#bulk(body.split('\n').slice(0, -1));
    const errors = items.some((item) => Object.values(item).some(({ status }) => status >= 300));
    return { status: 200, body: JSON.stringify({ errors, items }) };
  }

  #bulk(lines: readonly string[]): Record<string, Outcome>[] {
    const items: Record<string, Outcome>[] = [];
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const actions: Record<string, Record<string, string>> = JSON.parse(lines[at] ?? '');
      const document: Document = JSON.parse(lines[at + 1] ?? '');
      for (const [action, place] of Object.entries(actions)) {
        items.push({ [action]: this.#put(action, place, document) });
      }
    }
    return items;
  }

  #put(action: string, place: Record<string, string>, document: Document): Outcome {
    const { _index = '', _id = '', _type } = place;
    if (_type !== undefined && Number.parseInt(this.version['number'] ?? '', 10) >= 8) {
      return { status: 400, error: { type: 'illegal_argument_exception', reason: 'no _type' } };
    }
    const judged = this.judge(document);
    if (judged !== null) return judged;
    const index = this.indices.get(_index) ?? new Map<string, Document>();
    this.indices.set(_index, index);
    if (action === 'create' && index.has(_id)) {
      const reason = `[${_id}]: version conflict, document already exists`;
      return { status: 409, error: { type: 'version_conflict_engine_exception', reason } };
    }
    index.set(_id, document);
    return { status: 201 };
  }
}
