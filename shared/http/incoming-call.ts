import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from './caller.ts';
import type { Call } from './route.ts';

/** What nearly everybody sends. */
const JSON_TYPE = 'application/json';

interface IncomingCallOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly caller: Caller;
}

/** A call that works its parts out when they are asked for: most routes need few of them. */
export class IncomingCall implements Call {
  readonly params: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly caller: Caller;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #facts: Map<string, string> | undefined;
  #query: URLSearchParams | undefined;
  #signal: AbortSignal | undefined;

  constructor({ request, response, params, body, caller }: IncomingCallOptions) {
    this.params = params;
    this.body = body;
    this.caller = caller;
    this.#request = request;
    this.#response = response;
  }

  get contentType(): string {
    const header = this.#request.headers['content-type'] ?? '';
    if (header === JSON_TYPE) return header;
    const [mediaType = ''] = header.split(';', 1);
    return mediaType.trim().toLowerCase();
  }

  header(name: string): string {
    const value = this.#request.headers[name] ?? '';
    return typeof value === 'string' ? value : (value[0] ?? '');
  }

  get remoteAddress(): string {
    return this.#request.socket.remoteAddress ?? '';
  }

  note(fact: string, value: string): void {
    this.#facts ??= new Map();
    this.#facts.set(fact, value);
  }

  /** What was noted. */
  get facts(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#facts ?? []);
  }

  query(name: string): string {
    this.#query ??= new URLSearchParams(this.queryText);
    return this.#query.get(name) ?? '';
  }

  get queryText(): string {
    return queryOf(this.#request.url ?? '');
  }

  get signal(): AbortSignal {
    this.#signal ??= signalOf(this.#response);
    return this.#signal;
  }
}

function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark + 1);
}

/** Aborts when the connection closes before the answer is out. */
function signalOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (response.destroyed) gone.abort();
  else {
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
  }
  return gone.signal;
}
