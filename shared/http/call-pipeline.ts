import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Envelope } from '../api/envelope.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError, toAppError } from '../kernel/errors.ts';
import type { AccessControl } from './auth.ts';
import { type Caller, OPEN_CALLER } from './caller.ts';
import { IncomingCall } from './incoming-call.ts';
import { ClientGone, readBody } from './read-body.ts';
import type { RouteMeter } from './request-metrics.ts';
import { RawAnswer, type Route } from './route.ts';
import {
  type JsonAnswer,
  jsonAnswer,
  statusAnswer,
  writeJson,
  writeRaw,
  writeRefusal,
} from './write-answer.ts';

interface CallPipelineOptions {
  readonly envelope: Envelope;
  readonly auth: AccessControl;
  readonly bodyBytesMax: number;
  readonly log: Logger;
  readonly clock: Clock;
}

/** A route together with what counts its answers. */
export interface ServedRoute {
  readonly route: Route;
  readonly meter: RouteMeter;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly params: Readonly<Record<string, string>>;
}

/** What becomes known of a call on its way. */
interface Progress {
  caller: Caller;
  call: IncomingCall | null;
}

/**
 * The one way from a request to its answer, hot or not: who calls, the body, the route, the
 * envelope, the answer. Whatever a route throws becomes an answer; nothing gets past `handle`.
 */
export class CallPipeline {
  readonly #options: CallPipelineOptions;
  /** Nearly all commands and heartbeats are answered with this; by envelope. */
  readonly #plainSuccess = new Map<Envelope, JsonAnswer>();

  constructor(options: CallPipelineOptions) {
    this.#options = options;
  }

  /** Answers one request; never rejects. */
  async handle({ route, meter }: ServedRoute, exchange: Exchange): Promise<void> {
    const { clock } = this.#options;
    const startedMs = route.hot === true ? 0 : clock.monotonicMs();
    const progress: Progress = { caller: OPEN_CALLER, call: null };
    try {
      await this.#answer(route, exchange, progress);
      if (route.audit === 'all') this.#audit(route, exchange, progress, 'done');
    } catch (thrown) {
      if (thrown instanceof ClientGone) return;
      this.#refuse(route, exchange, thrown);
      if (route.audit !== undefined) {
        this.#audit(route, exchange, progress, refusalText(toAppError(thrown)));
      }
    }
    if (exchange.response.headersSent) meter.count(exchange.response.statusCode);
    if (route.hot !== true) meter.observeDuration(clock.monotonicMs() - startedMs);
  }

  async #answer(route: Route, { request, response, params }: Exchange, progress: Progress) {
    const { auth, bodyBytesMax } = this.#options;
    const admitted = auth.admit(route.access, request.headers.authorization);
    const { caller, signature } = admitted instanceof Promise ? await admitted : admitted;
    progress.caller = caller;
    const body = await readBody(request, bodyBytesMax);
    if (signature !== null) {
      const { method = '', url: pathAndQuery = '' } = request;
      auth.verify(signature, { method, pathAndQuery, body });
    }

    const call = new IncomingCall({ request, response, params, body, caller });
    progress.call = call;
    const data = await route.answer(call);
    if (data === undefined) writeJson(response, this.#plainSuccessOf(route));
    else if (data instanceof RawAnswer) await writeRaw(response, data);
    else writeJson(response, jsonAnswer(200, this.#envelopeOf(route).success(data)));
  }

  #refuse(route: Route, { request, response }: Exchange, thrown: unknown): void {
    try {
      const error = toAppError(thrown);
      // After the client left, a route that gave up for that reason is no news.
      if (response.headersSent || !response.destroyed) this.#note(route, error);
      const { status, body } = this.#envelopeOf(route).failure(error, route, request.headers);
      writeRefusal(request, response, jsonAnswer(status, body));
    } catch (cause) {
      this.#note(route, new AppError('internal', 'the failure has no JSON form', { cause }));
      writeRefusal(request, response, statusAnswer(500));
    }
  }

  #envelopeOf({ envelope = this.#options.envelope }: Route): Envelope {
    return envelope;
  }

  #plainSuccessOf(route: Route): JsonAnswer {
    const envelope = this.#envelopeOf(route);
    const known = this.#plainSuccess.get(envelope);
    if (known !== undefined) return known;
    const made = jsonAnswer(200, envelope.success(undefined));
    this.#plainSuccess.set(envelope, made);
    return made;
  }

  /** Who did what, from where, and what came of it. */
  #audit(
    { method, path }: Route,
    { request, params }: Exchange,
    { caller, call }: Progress,
    outcome: string,
  ): void {
    this.#options.log.info(
      {
        ...{ audit: true, who: caller.name, how: caller.how, what: `${method} ${path}` },
        ...{ from: request.socket.remoteAddress, params, ...call?.facts, outcome },
      },
      'call',
    );
  }

  /** A refused caller knows why it was; the log is for what its operator can mend. */
  #note({ method, path, hot }: Route, error: AppError): void {
    const { log } = this.#options;
    if (error.kind === 'internal') log.error({ err: error, method, path }, 'request failed');
    else if (hot !== true && (error.kind === 'unavailable' || error.kind === 'timeout')) {
      log.warn({ reason: error.message, method, path }, 'request could not be served');
    }
  }
}

function refusalText({ kind, details }: AppError): string {
  const status = details['status'];
  return typeof status === 'number' ? `refused: ${kind} (${status})` : `refused: ${kind}`;
}
