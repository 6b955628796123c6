import type { CircuitState, PrometheusPage } from './prometheus-page.ts';

const EVENTS_MAX = 100;

/** What a server was asked, and what became of it. Times are ms. */
interface Handled {
  readonly method: string;
  readonly tookMs: number;
  /** Of the same call, at whatever server. */
  readonly attemptsBefore: number;
  /** Null: it was answered. */
  readonly error: string | null;
}

/** An outage is the open circuit of a server; a failover, a call that it answers after another failed. */
type ServerEvent =
  | { readonly kind: 'circuit_break'; readonly state: CircuitState }
  | { readonly kind: 'retry'; readonly attempt: number }
  | { readonly kind: 'failover'; readonly retries: number };

/** What a server knows of the requests that it got. It is told of each where it happens. */
export class ServerFigures {
  readonly #page: PrometheusPage;
  readonly #events: (ServerEvent & { readonly atMs: number })[] = [];
  #requests = 0;
  #failures = 0;
  #retries = 0;
  #failovers = 0;
  #circuitBreaks = 0;
  #durationMs = 0;
  #circuit: CircuitState = 'closed';
  #lastError: string | null = null;
  #lastSuccessMs: number | null = null;
  #lastFailureMs: number | null = null;

  constructor(page: PrometheusPage) {
    this.#page = page;
  }

  handled({ method, tookMs, attemptsBefore, error }: Handled, nowMs: number): void {
    this.#requests += 1;
    this.#durationMs += tookMs;
    this.#page.request(method, error === null ? 'success' : 'failure', tookMs);
    if (attemptsBefore > 0) {
      this.#retries += 1;
      this.#note({ kind: 'retry', attempt: attemptsBefore }, nowMs);
    }
    if (error === null) {
      this.#lastSuccessMs = nowMs;
      if (attemptsBefore > 0) this.#failedOver(attemptsBefore, nowMs);
      return;
    }
    this.#failures += 1;
    this.#lastError = error;
    this.#lastFailureMs = nowMs;
  }

  /** Whether it answers anything at all. */
  circuit(state: CircuitState, nowMs: number): void {
    if (state === this.#circuit) return;
    this.#circuit = state;
    if (state === 'open') this.#circuitBreaks += 1;
    this.#page.circuitBreak(state);
    this.#note({ kind: 'circuit_break', state }, nowMs);
  }

  get counts() {
    const [requests, failures] = [this.#requests, this.#failures];
    return {
      ...{ requests, failures, successes: requests - failures },
      ...{ retries: this.#retries, failovers: this.#failovers },
      circuitBreaks: this.#circuitBreaks,
      averageMs: requests === 0 ? 0 : this.#durationMs / requests,
    };
  }

  get last() {
    return {
      circuit: this.#circuit,
      error: this.#lastError,
      ...{ successMs: this.#lastSuccessMs, failureMs: this.#lastFailureMs },
    };
  }

  /** The last ones, oldest first. */
  get events(): readonly (ServerEvent & { readonly atMs: number })[] {
    return this.#events;
  }

  /** Another server had failed the call, or this one before. */
  #failedOver(retries: number, nowMs: number): void {
    this.#failovers += 1;
    this.#page.failover();
    this.#note({ kind: 'failover', retries }, nowMs);
  }

  #note(event: ServerEvent, atMs: number): void {
    this.#events.push({ ...event, atMs });
    if (this.#events.length > EVENTS_MAX) this.#events.shift();
  }
}
