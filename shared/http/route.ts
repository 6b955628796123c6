import type { Readable } from 'node:stream';
import type { Envelope } from '../api/envelope.ts';
import type { Caller } from './caller.ts';

/** What reached a route, already read and bounded; nothing of Express is in it. */
export interface Call {
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The first value of a query parameter, or '' when it is absent. */
  query(name: string): string;
  /** All query parameters as they came, without the question mark. */
  readonly queryText: string;
  readonly body: Buffer;
  /** The request's media type in lower case, without parameters; '' when it sent none. */
  readonly contentType: string;
  /** A header of the request by its name in lower case, or '' when it has none. */
  header(name: string): string;
  readonly caller: Caller;
  /** Where it comes from: an IP address, of the last proxy when there is one. */
  readonly remoteAddress: string;
  /** Adds to what the log will say of this call, if it says anything: never a secret. */
  note(fact: string, value: string): void;
  /** Aborts when the client went away or the server stops. */
  readonly signal: AbortSignal;
}

/**
 * Who may call. `open`: everybody. `peer`: a master or an agent, when `cluster.secret` is set.
 * `user`: a person or a peer, when `auth.token` or `cluster.secret` is set, or accounts are on.
 * `token`: whoever has a valid token of this fleet. `admin`: the same, with the role of that name.
 */
export type Access = 'open' | 'peer' | 'user' | 'token' | 'admin';

/** One row of a process's HTTP API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** An Express path: `/logkit/cluster/configs/:name`. Matched strictly: case and slashes count. */
  readonly path: string;
  readonly access: Access;
  /** The wire code clients see when this route fails, whatever the reason. */
  readonly failure: string;
  /** Answered in front of Express; only for a path with one parameter at most. */
  readonly hot?: boolean;
  /** How its answers are wrapped. Absent: as those of all other rows of the server. */
  readonly envelope?: Envelope;
  /** What has a line of its own in the log: calls that were refused, or all. Absent: none. */
  readonly audit?: 'refused' | 'all';
  /**
   * Returns the answer's `data` (undefined: none) or a RawAnswer, or throws; an AppError's
   * `details.data` is shown.
   */
  answer(call: Call): Promise<unknown>;
}

interface RawAnswerOptions {
  readonly contentType: string;
  /** A stream is destroyed when the client goes away before its end. */
  readonly body: string | Buffer | Readable;
  readonly status?: number;
  /** Asks the browser to save the answer as a file of this name. */
  readonly fileName?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that goes out as it is, without the envelope of the API. */
export class RawAnswer {
  readonly contentType: string;
  readonly body: string | Buffer | Readable;
  readonly status: number;
  readonly fileName: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor({ contentType, body, status = 200, fileName, headers = {} }: RawAnswerOptions) {
    this.contentType = contentType;
    this.body = body;
    this.status = status;
    this.fileName = fileName;
    this.headers = headers;
  }
}
