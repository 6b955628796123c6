import { type IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { ClientGone } from '../../../shared/http/read-body.ts';
import { joinedLines, linesOf } from '../../fetch/lines-of.ts';
import { type Lines, RunningSource } from '../../fetch/running-source.ts';
import { addCounts, type FrameCounts, NO_COUNTS } from '../../framing/framing.ts';
import { plainLines } from '../../framing/plain-lines.ts';
import { Acknowledgements } from '../../listen/acknowledgements.ts';
import { ByteBudget, ByteShare } from '../../listen/byte-budget.ts';
import { httpCredentials } from '../../listen/http-credentials.ts';
import { type HttpInlet, openHttpInlet } from '../../listen/http-inlet.ts';
import { HttpRefusal, later } from '../../listen/http-refusal.ts';
import { Inbox } from '../../listen/inbox.ts';
import { postedBody } from '../../listen/posted-body.ts';
import { defineReader } from '../define.ts';
import { commaList, option } from '../option.ts';
import { type PluginContext, type ReaderOpening, type SourceBatch } from '../plugin.ts';
import { httpAddressOption } from './http/address-option.ts';

const MIB = 1024 * 1024;
const BODY_BYTES = { fallback: 16 * MIB, max: 256 * MIB };
const WAITING_BYTES = { fallback: 32 * MIB, max: 1024 * MIB };
const CONNECTIONS = { fallback: 1_000, max: 100_000 };
const REQUEST_TIMEOUT_MS = 60_000;
const SETTLE_TIMEOUT_MS = 30_000;
/** A batch that is on its way when the runner stops is waited for so long. */
const GRACE_MS = 3_000;
const RETRY_AFTER_S = 1;

const file = (meaning: string) =>
  option
    .text('')
    .transform((path) => (path === '' ? '' : resolve(path)))
    .describe(meaning)
    .meta({ advanced: true });

const HttpOptions = z
  .object({
    http_service_address: httpAddressOption(':4000').describe(
      'Where it listens: "host:port" or ":port"; "https://" before it needs http_tls_cert and http_tls_key.',
    ),
    http_service_path: z
      .string()
      .default('/logkit/data')
      .transform(commaList)
      .refine((paths) => paths.length > 0 && paths.every((path) => path.startsWith('/')), {
        error: 'must be paths that begin with "/", parted by commas',
      })
      .describe('The paths that are posted to, parted by commas.'),
    http_username: option
      .text('')
      .describe('Clients must send this name and the password (Basic).'),
    http_password: option.text('').describe('The password of http_username.'),
    http_token: option.text('').describe('Clients must send this token (Bearer), or the password.'),
    http_tls_cert: file('The certificate file (PEM) of the server.'),
    http_tls_key: file('The key file (PEM) of http_tls_cert.'),
    http_tls_client_ca: file('Clients must show a certificate of this authority (PEM).'),
    http_max_body_size: option
      .int(BODY_BYTES.fallback, { min: 1, max: BODY_BYTES.max })
      .describe('A body of more bytes, packed or unpacked, is refused with 413.')
      .meta({ advanced: true }),
    http_max_waiting_size: option
      .int(WAITING_BYTES.fallback, { min: 1, max: WAITING_BYTES.max })
      .describe('While bodies of so many bytes wait, more are refused with 429.')
      .meta({ advanced: true }),
    http_max_connections: option
      .int(CONNECTIONS.fallback, { min: 1, max: CONNECTIONS.max })
      .describe('More connections at a time are closed.')
      .meta({ advanced: true }),
    http_request_timeout: goDurationOption(REQUEST_TIMEOUT_MS)
      .describe('So long a request may take to arrive.')
      .meta({ advanced: true }),
    http_settle_timeout: goDurationOption(SETTLE_TIMEOUT_MS)
      .describe('When what was posted is not durable after so long, the answer is 503.')
      .meta({ advanced: true }),
  })
  .superRefine(
    ({ http_service_address: { isTls }, http_tls_cert: cert, http_tls_key: key }, check) => {
      if ((cert === '') === (key === '') && isTls === (cert !== '')) return;
      const message = 'http_tls_cert and http_tls_key go together, with an address of https://';
      check.addIssue({ code: 'custom', path: ['http_tls_cert'], message });
    },
  );
type HttpOptions = z.output<typeof HttpOptions>;

/**
 * Takes the lines of what is posted. A client is answered 200 only when all of its lines are
 * durable: committed together with every sender's acceptance, or kept in a sender's buffer on disk.
 * Any other answer, or none, means that it should send the same again, so that nothing is lost and
 * some may come twice. What waits is handed out at once, and all of it that fits in one batch.
 */
export const httpReader = defineReader({
  type: 'http',
  usage: 'Takes lines that are posted, and answers 200 once they are durable.',
  options: HttpOptions,
  secrets: ['http_password', 'http_token'],
  readPaths: ({ http_tls_cert: cert, http_tls_key: key, http_tls_client_ca: ca }) =>
    [cert, key, ca].filter((path) => path !== ''),
  open(options, opening, context) {
    const intake = new HttpIntake(options, opening, context);
    return {
      origin: options.http_service_address.text,
      batches: intake.batches(),
      lag: () => ({ bytes: intake.waitingBytes }),
      counts: () => intake.counts,
      trouble: () => null,
    };
  },
});

class HttpIntake {
  counts: FrameCounts = NO_COUNTS;
  readonly #options: HttpOptions;
  readonly #opening: ReaderOpening;
  readonly #budget: ByteBudget;
  readonly #inbox: Inbox;
  readonly #waiting: Acknowledgements;
  readonly #authorize: (authorization: string | undefined) => void;
  #isEnding = false;

  constructor(options: HttpOptions, opening: ReaderOpening, { clock }: PluginContext) {
    this.#options = options;
    this.#opening = opening;
    this.#budget = new ByteBudget(options.http_max_waiting_size);
    this.#inbox = new Inbox(Number.POSITIVE_INFINITY, clock);
    this.#waiting = new Acknowledgements(clock);
    this.#authorize = httpCredentials({
      username: options.http_username,
      password: options.http_password,
      token: options.http_token,
    });
  }

  get waitingBytes(): number {
    return this.#inbox.bytes;
  }

  async *batches(): AsyncGenerator<SourceBatch, undefined> {
    const { signal } = this.#opening;
    // Its clients wait for their answers.
    const limits = { ...this.#opening.limits, lingerMs: 0 };
    if (signal.aborted) return;
    const inlet = await this.#open();
    const source = new RunningSource('http', this.#opening);
    try {
      for (;;) {
        const parts = await this.#inbox.take(limits, signal);
        const [first] = parts;
        if (first === undefined) return;
        for (const { handedOut } of parts) handedOut?.();
        const settled = () => {
          for (const part of parts) part.settled?.();
        };
        yield source.batch(joinedLines(parts), { origin: first.origin, settled });
      }
    } finally {
      this.#isEnding = true;
      await this.#waiting.end(GRACE_MS);
      await inlet.close();
    }
  }

  #open(): Promise<HttpInlet> {
    const options = this.#options;
    const { host, port, isTls } = options.http_service_address;
    const { http_tls_cert: cert, http_tls_key: key, http_tls_client_ca: clientCa } = options;
    return openHttpInlet(
      {
        ...{ host, port, tls: isTls ? { cert, key, clientCa } : null },
        connectionsMax: options.http_max_connections,
        requestTimeoutMs: options.http_request_timeout,
      },
      (request, gone) => this.#take(request, gone),
    );
  }

  async #take(request: IncomingMessage, gone: AbortSignal): Promise<void> {
    const path = this.#admitted(request);
    const share = new ByteShare(this.#budget);
    const wait = await this.#received(request, path, share).catch((thrown: unknown) => {
      share.giveBackAll();
      throw thrown;
    });
    if (wait !== null) await this.#settled(wait, share, gone);
  }

  /** Its path, when it may come in. */
  #admitted({ method, url = '', headers }: IncomingMessage): string {
    const [path = ''] = url.split('?', 1);
    if (!this.#options.http_service_path.includes(path)) throw new HttpRefusal(404, 'not found');
    if (method !== 'POST') throw new HttpRefusal(405, 'method not allowed', { Allow: 'POST' });
    this.#authorize(headers.authorization);
    if (this.#isEnding) throw ending();
    return path;
  }

  /** What is to be handed out; null: nothing. */
  async #received(request: IncomingMessage, path: string, share: ByteShare) {
    const bytesMax = this.#options.http_max_body_size;
    const body = await postedBody(request, { bytesMax, share });
    const { parts, counts } = linesOf(body, plainLines, this.#opening.limits);
    this.counts = addCounts(this.counts, counts);
    if (this.#isEnding) throw ending();
    if (parts.length > 0)
      return { parts, origin: `${this.#options.http_service_address.text}${path}` };
    share.giveBackAll();
    return null;
  }

  async #settled({ parts, origin }: Received, share: ByteShare, gone: AbortSignal): Promise<void> {
    const timeoutMs = this.#options.http_settle_timeout;
    const { outcome, handOut, settled } = this.#waiting.expect(timeoutMs, gone);
    // Batches are settled in their order: the last part tells of all. Until then it takes room.
    const last = {
      handedOut: handOut,
      settled: () => {
        share.giveBackAll();
        settled();
      },
    };
    const incoming = parts.map((part, index) => ({
      ...{ ...part, origin },
      ...(index === parts.length - 1 ? last : {}),
    }));
    this.#inbox.put(incoming);
    const how = await outcome;
    if (how === 'settled') return;
    // What is not handed out need not come twice.
    if (this.#inbox.withdraw(incoming)) share.giveBackAll();
    if (how === 'gone') throw new ClientGone();
    throw how === 'ended'
      ? ending()
      : later(503, 'it is not durable yet; send it again', RETRY_AFTER_S);
  }
}

interface Received {
  readonly parts: readonly Lines[];
  readonly origin: string;
}

function ending(): HttpRefusal {
  return later(503, 'the runner is stopping; send it again', RETRY_AFTER_S);
}
