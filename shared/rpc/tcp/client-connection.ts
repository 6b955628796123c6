import type { Socket } from 'node:net';
import { Alarm } from '../../kernel/alarm.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import {
  answerTooLarge,
  draining,
  givenUp,
  requestTooLarge,
  timedOut,
  unreadableAnswer,
} from '../call-failures.ts';
import type { Executed, RpcError } from '../rpc-error.ts';
import type { RpcReply } from '../transport.ts';
import {
  type ConnectionEnd,
  callFailure,
  closedHere,
  connectTimedOut,
  endOf,
  silent,
} from './connection-end.ts';
import { dial } from './dial.ts';
import {
  bareFrame,
  FRAME_TYPES,
  frameIdOf,
  highHalf,
  idOf,
  lowHalf,
  NO_COMPRESSION,
  SERIALIZATIONS,
} from './frame.ts';
import { type Frame, FrameDecoder, type FrameSink } from './frame-decoder.ts';
import { Outbox } from './outbox.ts';
import type { PendingCall } from './pending-call.ts';
import type { TcpClientOptions } from './tcp-options.ts';
import { failureOf } from './wire-failure.ts';
import { decodeMetadata, NO_METADATA, ownMetadata } from './wire-metadata.ts';

type State = 'connecting' | 'open' | 'closed';

/**
 * One connection for any number of calls at once. Answers find their calls by the id, which is never
 * used twice, so that one which comes too late finds nobody.
 */
export class ClientConnection implements FrameSink {
  readonly #address: string;
  readonly #options: TcpClientOptions;
  readonly #onEnd: () => void;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #decoder: FrameDecoder;
  readonly #alarm: Alarm;
  readonly #pending = new Map<number, PendingCall>();
  /** Calls that have to wait for the connection, or for the peer to read. */
  #unsent: PendingCall[] = [];
  #unsentBytes = 0;
  readonly #startedMs: number;
  #state: State = 'connecting';
  #lastId = 0;
  #putId = 0;
  /** Up to this id, requests are the socket's: they may have arrived. */
  #flushedId = 0;
  /** Requests of higher ids are not executed. Infinity: nothing was said. */
  #goawayId = Infinity;
  #heardMs = 0;
  #askedMs: number | null = null;
  /** What the calls on it are told when it ends, where its socket would not know. */
  #end: ConnectionEnd | null = null;
  readonly #ended = Promise.withResolvers<undefined>();

  constructor(address: string, options: TcpClientOptions, onEnd: () => void) {
    this.#address = address;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#startedMs = options.clock.monotonicMs();
    this.#alarm = new Alarm(options.clock, () => this.#look());
    this.#decoder = new FrameDecoder(options, this);
    this.#socket = dial(address, options.tls, () => this.#open());
    this.#outbox = new Outbox(this.#socket, () => {
      this.#flushedId = this.#putId;
    });
    this.#socket.on('data', (chunk: Buffer) => this.#hear(chunk));
    this.#socket.on('drain', () => this.#sendUnsent());
    this.#socket.once('error', (error) => {
      this.#end ??= endOf(address, this.#state === 'open', error);
    });
    this.#socket.once('close', () => this.#finish());
    this.#alarm.by(this.#startedMs + options.connectTimeoutMs);
  }

  get isDraining(): boolean {
    return this.#goawayId !== Infinity;
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  get queuedBytes(): number {
    return this.#unsentBytes + this.#outbox.queuedBytes;
  }

  /** Begins a call, which is settled in any case. */
  begin(call: PendingCall): void {
    call.id = this.#lastId += 1;
    if (this.#pending.size === 0) this.#heardMs = this.#options.clock.monotonicMs();
    this.#pending.set(call.id, call);
    this.#alarm.by(Math.min(call.dueMs, this.#heardMs + this.#options.keepAliveMs));
    if (call.request.signal !== null) call.listen(() => this.#giveUp(call, givenUp));
    if (this.#state === 'open' && !this.#outbox.isBlocked) {
      this.#send(call, call.request.timeoutMs);
      return;
    }
    this.#unsent.push(call);
    this.#unsentBytes += call.request.payload.length;
  }

  /** Ends it at once; calls on their way fail. */
  close(): Promise<undefined> {
    this.#break(closedHere(this.#address));
    return this.#ended.promise;
  }

  frame(frame: Frame): void {
    switch (frame.type) {
      case FRAME_TYPES.response: {
        this.#answer(frame);
        return;
      }
      case FRAME_TYPES.goaway: {
        this.#goAway(idOf(frame));
        return;
      }
      case FRAME_TYPES.ping: {
        this.#outbox.put(bareFrame(FRAME_TYPES.pong, frame));
        return;
      }
      case FRAME_TYPES.pong:
        return;
      default:
        throw new AppError('invalid', `a client gets no frames of type ${frame.type}`);
    }
  }

  tooLarge(frame: Frame): void {
    if (frame.type !== FRAME_TYPES.response) return;
    const call = this.#pending.get(idOf(frame));
    if (call === undefined) return;
    this.#fail(call, answerTooLarge(this.#address, frame.metadataBytes + frame.payloadBytes));
  }

  #open(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#sendUnsent();
  }

  #sendUnsent(): void {
    if (this.#state !== 'open' || this.#outbox.isBlocked || this.#unsent.length === 0) return;
    const unsent = this.#unsent;
    this.#unsent = [];
    this.#unsentBytes = 0;
    const nowMs = this.#options.clock.monotonicMs();
    for (const call of unsent) {
      if (!this.#pending.has(call.id)) continue;
      if (call.dueMs <= nowMs) this.#giveUp(call, timedOut);
      else this.#send(call, call.dueMs - nowMs);
    }
  }

  #send(call: PendingCall, timeoutMs: number): void {
    const { request, head } = call;
    const { metadataBytesMax } = this.#options;
    const metadata = head.bytes(timeoutMs);
    if (metadata.length > metadataBytesMax) {
      this.#fail(call, requestTooLarge('metadata', metadata.length, metadataBytesMax));
      return;
    }
    // Before it is put: the outbox may flush at once.
    call.isPut = true;
    this.#putId = call.id;
    this.#outbox.put({
      type: FRAME_TYPES.request,
      serialization: SERIALIZATIONS[request.codec],
      // Each object saved here is saved a hundred thousand times a second.
      idHigh: highHalf(call.id),
      idLow: lowHalf(call.id),
      metadata,
      payload: request.payload,
    });
  }

  #hear(chunk: Buffer): void {
    if (this.#state !== 'open') return;
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#askedMs = null;
    try {
      this.#decoder.push(chunk);
    } catch (thrown) {
      this.#break(endOf(this.#address, true, thrown));
    }
  }

  #answer(frame: Frame): void {
    const id = idOf(frame);
    const call = this.#pending.get(id);
    if (call === undefined) return;
    this.#pending.delete(id);
    const answer = this.#read(call, frame);
    if (answer instanceof Error) call.reject(answer);
    else call.resolve(answer);
    this.#endWhenDrained();
  }

  #read({ request }: PendingCall, frame: Frame): RpcReply | RpcError {
    const { bytes, at, metadataBytes, payloadBytes } = frame;
    if (frame.compression !== NO_COMPRESSION) {
      return unreadableAnswer(this.#address, 'it is compressed');
    }
    if (frame.serialization !== SERIALIZATIONS[request.codec]) {
      return unreadableAnswer(this.#address, 'it is not of the serialization of the request');
    }
    const payloadAt = at + metadataBytes;
    const payload = bytes.subarray(payloadAt, payloadAt + payloadBytes);
    if (metadataBytes === 0) return { payload, metadata: NO_METADATA };
    try {
      const metadata = decodeMetadata(request.codec, bytes.subarray(at, payloadAt));
      if (metadata.error !== '') return failureOf(metadata);
      return { payload, metadata: ownMetadata(metadata.extra) };
    } catch (thrown) {
      return unreadableAnswer(this.#address, messageOf(thrown));
    }
  }

  #goAway(lastId: number): void {
    this.#goawayId = lastId;
    for (const call of this.#pending.values()) {
      if (!call.isPut || call.id > lastId) this.#fail(call, draining(this.#address));
    }
    this.#endWhenDrained();
  }

  #endWhenDrained(): void {
    if (this.isDraining && this.#pending.size === 0) this.#socket.destroySoon();
  }

  #giveUp(call: PendingCall, failure: (address: string, executed: Executed) => RpcError): void {
    this.#fail(call, failure(this.#address, call.isPut ? 'maybe' : 'no'));
    if (call.isPut) this.#outbox.put(bareFrame(FRAME_TYPES.cancel, frameIdOf(call.id)));
  }

  #fail(call: PendingCall, error: RpcError): void {
    this.#pending.delete(call.id);
    call.reject(error);
    this.#endWhenDrained();
  }

  /** Looks at all that may be due. */
  #look(): void {
    const nowMs = this.#options.clock.monotonicMs();
    let nextMs = this.#lookAtLiveness(nowMs);
    for (const call of this.#pending.values()) {
      if (call.dueMs <= nowMs) this.#giveUp(call, timedOut);
      else nextMs = Math.min(nextMs, call.dueMs);
    }
    if (this.#state !== 'closed') this.#alarm.by(nextMs);
  }

  /** Gives the time when it has to be looked at again. */
  #lookAtLiveness(nowMs: number): number {
    const { connectTimeoutMs, keepAliveMs, keepAliveTimeoutMs } = this.#options;
    if (this.#state === 'connecting') {
      const dueMs = this.#startedMs + connectTimeoutMs;
      if (nowMs >= dueMs) this.#break(connectTimedOut(this.#address, connectTimeoutMs));
      return dueMs;
    }
    if (this.#state === 'closed' || this.#pending.size === 0) return Infinity;
    if (nowMs < this.#heardMs + keepAliveMs) return this.#heardMs + keepAliveMs;
    if (this.#askedMs === null) {
      this.#askedMs = nowMs;
      this.#outbox.put(bareFrame(FRAME_TYPES.ping, frameIdOf(0)));
    }
    const dueMs = this.#askedMs + keepAliveTimeoutMs;
    if (nowMs >= dueMs) this.#break(silent(this.#address, Math.round(nowMs - this.#heardMs)));
    return dueMs;
  }

  #break(end: ConnectionEnd): void {
    this.#end ??= end;
    this.#socket.destroy();
    this.#finish();
  }

  #finish(): void {
    if (this.#state !== 'closed') {
      const end = this.#end ?? endOf(this.#address, this.#state === 'open', null);
      this.#state = 'closed';
      this.#alarm.stop();
      this.#onEnd();
      for (const call of this.#pending.values()) call.reject(callFailure(end, this.#fate(call)));
      this.#pending.clear();
    }
    this.#ended.resolve(undefined);
  }

  #fate({ id, isPut }: PendingCall): Executed {
    return isPut && id <= this.#flushedId && id <= this.#goawayId ? 'maybe' : 'no';
  }
}
