/**
 * One HTTP request. `body` is sent as it is; strings are UTF-8. Its bytes are in use until the
 * promise settles, and not a moment longer.
 */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** From the first byte of the connection to the last byte of the answer. */
  readonly timeoutMs: number;
  /** A longer answer is refused. */
  readonly answerBytesMax: number;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole answer as UTF-8 text. */
  readonly body: string;
}

/**
 * Port: asks one HTTP question. Any status is an answer; only these throw, as AppError:
 * `unavailable`: no answer (refused, reset, name unknown, TLS, answer too long), in words close to
 * Go's (`Post "http://h:1/x": dial tcp h:1: connect: connection refused`), `details.reached` says
 * whether the request may have arrived; `timeout`: no whole answer in time, the outcome is unknown.
 * Where a server answers before it has read the whole body: a success is an answer once the rest is
 * on its way, or cannot be any more; anything else is one at once, and the rest is not sent.
 * An abort of `signal` rejects with kind `unavailable` and message `aborted`.
 */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}
