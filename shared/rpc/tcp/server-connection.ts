import type { Socket } from 'node:net';
import { Alarm } from '../../kernel/alarm.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { Codec, Dispatch, DispatchResult } from '../transport.ts';
import {
  bareFrame,
  codecOf,
  FRAME_TYPES,
  type FrameId,
  frameIdOf,
  idOf,
  NO_BYTES,
  NO_COMPRESSION,
  SERIALIZATIONS,
} from './frame.ts';
import { type Frame, FrameDecoder, type FrameSink } from './frame-decoder.ts';
import { type HeadCache, type IncomingHead } from './head-cache.ts';
import { IncomingCall } from './incoming-call.ts';
import { Outbox } from './outbox.ts';
import type { TcpServerOptions } from './tcp-options.ts';
import { type Failure, failureMetadata } from './wire-failure.ts';
import { encodeMetadata } from './wire-metadata.ts';

/** How long a client that was told to go has for it when nothing of it is on its way. */
const GOAWAY_GRACE_MS = 1_000;

export interface ServerConnectionDeps {
  readonly socket: Socket;
  readonly dispatch: Dispatch;
  readonly options: TcpServerOptions;
  /** Shared by all connections of a listener. */
  readonly heads: HeadCache;
  readonly onEnd: () => void;
}

/** A client's connection: its calls run side by side, and each is answered when it is done. */
export class ServerConnection implements FrameSink {
  readonly #socket: Socket;
  readonly #dispatch: Dispatch;
  readonly #options: TcpServerOptions;
  readonly #onEnd: () => void;
  readonly #peer: string;
  readonly #outbox: Outbox;
  readonly #decoder: FrameDecoder;
  readonly #alarm: Alarm;
  readonly #heads: HeadCache;
  readonly #calls = new Map<number, IncomingCall>();
  /** Runs that have not ended, whether or not somebody still waits for them. */
  #running = 0;
  #highestId = 0;
  #heardMs: number;
  #leaveMs: number | null = null;

  constructor({ socket, dispatch, options, heads, onEnd }: ServerConnectionDeps) {
    this.#socket = socket;
    this.#dispatch = dispatch;
    this.#options = options;
    this.#heads = heads;
    this.#onEnd = onEnd;
    this.#peer = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    this.#outbox = new Outbox(socket);
    this.#decoder = new FrameDecoder(options, this);
    this.#alarm = new Alarm(options.clock, () => this.#look());
    this.#heardMs = options.clock.monotonicMs();
    socket.on('data', (chunk: Buffer) => this.#hear(chunk));
    socket.on('drain', () => socket.resume());
    socket.on('error', () => undefined);
    socket.once('close', () => this.#finish());
    this.#alarm.by(this.#heardMs + options.idleMs);
  }

  /** Asks the client to take its calls elsewhere; those that are here are answered. */
  goAway(): void {
    if (this.#leaveMs !== null) return;
    this.#leaveMs = this.#options.clock.monotonicMs() + GOAWAY_GRACE_MS;
    this.#outbox.put(bareFrame(FRAME_TYPES.goaway, frameIdOf(this.#highestId)));
    this.#alarm.by(this.#leaveMs);
  }

  /** Ends it; what still runs is told to give up. */
  cut(): void {
    this.#socket.destroy();
  }

  frame(frame: Frame): void {
    // The rest of what was read before it was cut.
    if (this.#socket.destroyed) return;
    switch (frame.type) {
      case FRAME_TYPES.request: {
        this.#request(frame);
        return;
      }
      case FRAME_TYPES.cancel: {
        this.#forget(idOf(frame));
        return;
      }
      case FRAME_TYPES.ping: {
        this.#outbox.put(bareFrame(FRAME_TYPES.pong, frame));
        return;
      }
      case FRAME_TYPES.pong:
      case FRAME_TYPES.goaway:
        return;
      default:
        throw new AppError('invalid', `a server gets no frames of type ${frame.type}`);
    }
  }

  tooLarge(frame: Frame): void {
    if (frame.type !== FRAME_TYPES.request) return;
    const bytes = frame.metadataBytes + frame.payloadBytes;
    const message = `the request has ${bytes} bytes, which is more than is allowed`;
    const codec = codecOf(frame.serialization) ?? 'json';
    this.#answer(codec, frame, refused('resource_exhausted', message, 'protocol'));
  }

  #hear(chunk: Buffer): void {
    this.#heardMs = this.#options.clock.monotonicMs();
    try {
      this.#decoder.push(chunk);
    } catch {
      // The stream has no frames any more, so there is nobody to tell.
      this.cut();
    }
  }

  #request(frame: Frame): void {
    const codec = codecOf(frame.serialization);
    if (codec === null) {
      const message = 'unsupported serialization type';
      this.#answer('json', frame, refused('unimplemented', message, 'protocol'));
      return;
    }
    const refusal = this.#refusal(frame);
    if (refusal !== null) {
      this.#answer(codec, frame, refusal);
      return;
    }
    const head = this.#head(codec, frame);
    if ('ok' in head) {
      this.#answer(codec, frame, head);
      return;
    }
    this.#run(codec, frame, head);
  }

  #refusal(frame: Frame): Failure | null {
    if (frame.compression !== NO_COMPRESSION) {
      return refused('unimplemented', 'unsupported compression type', 'protocol');
    }
    if (this.#leaveMs !== null) return refused('unavailable', 'server is draining', 'draining');
    if (this.#running >= this.#options.inFlightMax) {
      const message = `${this.#options.inFlightMax} calls are on their way on this connection`;
      return refused('resource_exhausted', message, 'overloaded');
    }
    return null;
  }

  #head(codec: Codec, { bytes, at, metadataBytes }: Frame): IncomingHead | Failure {
    try {
      return this.#heads.read(codec, bytes, at, metadataBytes);
    } catch (thrown) {
      return refused('invalid_argument', messageOf(thrown), 'protocol');
    }
  }

  #run(codec: Codec, frame: Frame, head: IncomingHead): void {
    const { bytes, at, metadataBytes, payloadBytes, idHigh, idLow } = frame;
    const id = idOf(frame);
    const dueMs = this.#heardMs + head.timeoutMs;
    const payload = bytes.subarray(at + metadataBytes, at + metadataBytes + payloadBytes);
    const call = new IncomingCall(head, { codec, idHigh, idLow, peer: this.#peer, dueMs }, payload);
    this.#calls.set(id, call);
    this.#running += 1;
    this.#highestId = Math.max(this.#highestId, id);
    this.#alarm.by(dueMs);
    this.#dispatch(call).then(
      (result) => this.#settle(call, result),
      (thrown: unknown) => this.#settle(call, internal(thrown)),
    );
  }

  #settle(call: IncomingCall, result: DispatchResult): void {
    this.#running -= 1;
    const id = idOf(call.frameId);
    if (this.#calls.get(id) === call) this.#calls.delete(id);
    if (!call.isGone) this.#answer(call.codec, call.frameId, result);
    if (this.#leaveMs !== null) this.#alarm.by(this.#leaveMs);
  }

  #answer(codec: Codec, { idHigh, idLow }: FrameId, result: DispatchResult): void {
    const { payloadBytesMax, queuedBytesMax } = this.#options;
    if (result.ok && result.payload.length > payloadBytesMax) {
      const message = `the answer has ${result.payload.length} bytes; ${payloadBytesMax} are allowed`;
      this.#answer(codec, { idHigh, idLow }, tooLargeAnswer(message));
      return;
    }
    this.#outbox.put({
      type: FRAME_TYPES.response,
      serialization: SERIALIZATIONS[codec],
      idHigh,
      idLow,
      metadata: answerMetadata(codec, result),
      payload: result.ok ? result.payload : NO_BYTES,
    });
    // Who does not read its answers is not listened to, and is left in the end.
    if (this.#outbox.isBlocked) this.#socket.pause();
    if (this.#outbox.queuedBytes > queuedBytesMax) this.cut();
  }

  #forget(id: number): void {
    this.#calls.get(id)?.giveUp();
    this.#calls.delete(id);
  }

  /** Looks at all that may be due. */
  #look(): void {
    const nowMs = this.#options.clock.monotonicMs();
    let nextMs = this.#lookAtIdleness(nowMs);
    for (const [id, { dueMs }] of this.#calls) {
      if (dueMs <= nowMs) this.#forget(id);
      else nextMs = Math.min(nextMs, dueMs);
    }
    if (!this.#socket.destroyed) this.#alarm.by(nextMs);
  }

  /** Gives the time when it has to be looked at again. */
  #lookAtIdleness(nowMs: number): number {
    if (this.#running > 0) return this.#leaveMs === null ? nowMs + this.#options.idleMs : Infinity;
    if (this.#leaveMs !== null) {
      if (nowMs < this.#leaveMs) return this.#leaveMs;
      // Who does not read would never let it end by itself.
      if (this.#outbox.isBlocked) this.cut();
      else this.#socket.destroySoon();
      return Infinity;
    }
    const idleMs = this.#heardMs + this.#options.idleMs;
    if (nowMs < idleMs) return idleMs;
    this.goAway();
    return nowMs + GOAWAY_GRACE_MS;
  }

  #finish(): void {
    this.#alarm.stop();
    for (const call of this.#calls.values()) call.giveUp();
    this.#calls.clear();
    this.#onEnd();
  }
}

function answerMetadata(codec: Codec, result: DispatchResult): Uint8Array {
  if (!result.ok) return encodeMetadata(codec, failureMetadata(result));
  const extra = result.metadata;
  if (extra === undefined) return NO_BYTES;
  return encodeMetadata(codec, { service: '', method: '', error: '', extra });
}

function refused(
  code: Failure['code'],
  message: string,
  reason: NonNullable<Failure['reason']>,
): Failure {
  return { ok: false, code, message, executed: false, reason };
}

function tooLargeAnswer(message: string): Failure {
  return { ok: false, code: 'resource_exhausted', message, executed: true, reason: 'protocol' };
}

/** Dispatch does not fail; should it all the same, its caller learns no more than that. */
function internal(_thrown: unknown): Failure {
  return { ok: false, code: 'internal', message: 'internal error', executed: true };
}
