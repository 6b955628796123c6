import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { RpcError } from '../../../../shared/rpc/rpc-error.ts';
import { tcpTransport } from '../../../../shared/rpc/tcp/tcp-channel.ts';
import { listenTcp } from '../../../../shared/rpc/tcp/tcp-listener.ts';
import type { TcpClientOptions, TcpServerOptions } from '../../../../shared/rpc/tcp/tcp-options.ts';
import type {
  Dispatch,
  IncomingRequest,
  RpcChannel,
  RpcListener,
  RpcRequest,
} from '../../../../shared/rpc/transport.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { type ReadFrame, readFrames } from './hand-frames.ts';

/** A call that came to a server and waits there until the test answers it. */
export interface HeldCall {
  readonly call: IncomingRequest;
  readonly answer: (text: string) => void;
}

/** Channels, listeners and sockets of a test, all of which end with it. */
export class RpcRig {
  readonly held: HeldCall[] = [];
  readonly #endings: (() => unknown)[] = [];

  /** Holds each call that it gets. */
  readonly hold: Dispatch = (call) =>
    new Promise((resolve) => {
      const answer = (text: string) => resolve({ ok: true, payload: Buffer.from(text) });
      this.held.push({ call, answer });
    });

  async listen(dispatch: Dispatch, options: Partial<TcpServerOptions> = {}): Promise<RpcListener> {
    const listener = await listenTcp(dispatch, options);
    this.#endings.push(() => listener.drain(0).catch(() => undefined));
    return listener;
  }

  channel(address: string, options: Partial<TcpClientOptions> = {}): RpcChannel {
    const channel = tcpTransport(options).channel(address);
    this.#endings.push(() => channel.close());
    return channel;
  }

  /** A server of the test's own making; gives its address. */
  async serve(onSocket: (socket: Socket) => void): Promise<string> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      onSocket(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#endings.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const bound = server.address();
    return `127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
  }

  /** A client of the test's own making. */
  async peer(address: string): Promise<RawPeer> {
    const socket = connect(Number(address.split(':').at(-1)), '127.0.0.1');
    this.#endings.push(() => socket.destroy());
    await once(socket, 'connect');
    return new RawPeer(socket);
  }

  nthHeld(index: number): Promise<HeldCall> {
    return waitFor(`call ${index}`, () => this.held[index]);
  }

  async end(): Promise<void> {
    for (const { answer } of this.held) answer('the test is over');
    for (const ending of this.#endings.reverse()) await ending();
  }
}

/** Writes bytes as they are, and keeps the frames that come. */
export class RawPeer {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isClosed = true;
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get frames(): ReadFrame[] {
    return readFrames(this.#received);
  }

  write(...bytes: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  frame(index: number): Promise<ReadFrame> {
    return waitFor(`frame ${index}`, () => this.frames[index]);
  }

  closed(): Promise<boolean> {
    return waitFor('the end of the connection', () => this.isClosed);
  }
}

export function request(over: Partial<RpcRequest> = {}): RpcRequest {
  return {
    ...{ service: 'greet.Greet', method: 'SayHello', codec: 'json', metadata: {} },
    ...{ payload: Buffer.from('"ask"'), timeoutMs: 20_000, signal: null },
    ...over,
  };
}

export const echo: Dispatch = async ({ payload }) => ({ ok: true, payload });

/** How a call failed; a success is the test's failure. */
export async function failureOf(call: Promise<unknown>): Promise<RpcError> {
  const outcome = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (outcome instanceof RpcError) return outcome;
  throw new Error('the call did not fail as calls do', { cause: outcome });
}

export function textOf({ payload }: { readonly payload: Uint8Array }): string {
  return Buffer.from(payload).toString();
}
