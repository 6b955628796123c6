import type { OutgoingHttpHeaders } from 'node:http';

/** Why a request is not taken, and what its client is told. */
export class HttpRefusal extends Error {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;

  constructor(status: number, message: string, headers: OutgoingHttpHeaders = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** The client may send the same again, after a while. */
export function later(status: 429 | 503, message: string, afterS: number): HttpRefusal {
  return new HttpRefusal(status, message, { 'Retry-After': String(afterS) });
}
