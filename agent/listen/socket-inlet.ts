import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { cannotListen } from './service-address.ts';
import type { SocketAddress } from './socket-address.ts';
import { readTlsFiles, type TlsFiles, unusable } from './tls-files.ts';

/** A peer that takes longer to agree on TLS is sent away. */
const HANDSHAKE_MS_MAX = 10_000;

/** What becomes of what comes in by one connection. */
export interface Conversation {
  received(chunk: Buffer): void;
  ended(): void;
}

export interface StreamInletOptions {
  /** Null: what comes is not encrypted. */
  readonly tls: TlsFiles | null;
  readonly connectionsMax: number;
  /** A connection on which nothing comes for so long is closed; 0: never. */
  readonly idleMs: number;
  /** 0: no keep-alive. */
  readonly keepAliveMs: number;
  readonly onConnection: (peer: string) => Conversation;
  /** Whether more may come; while it may not, peers wait. */
  readonly hasRoom: () => boolean;
}

export interface SocketInlet {
  /** There is room again. */
  resume(): void;
  close(): Promise<void>;
}

/** Listens for connections of TCP, also with TLS, or of a Unix socket. */
export async function openStreamInlet(
  address: SocketAddress,
  options: StreamInletOptions,
): Promise<SocketInlet> {
  const peers = new Set<Socket>();
  const server = await serverOf(options.tls, (socket) => {
    keepWhileOpen(socket, peers);
    converse(socket, options);
  });
  // One that has not agreed on TLS yet is no peer.
  const connections = new Set<Socket>();
  server.on('connection', (socket) => keepWhileOpen(socket, connections));
  server.maxConnections = options.connectionsMax;
  await bound(server, address);
  return {
    resume: () => {
      for (const socket of peers) if (socket.isPaused()) socket.resume();
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of [...peers, ...connections]) socket.destroy();
      await closed;
    },
  };
}

/** Listens for datagrams, which nobody can be asked to wait with. */
export async function openPacketInlet(
  address: Extract<SocketAddress, { port: number }>,
  bufferBytes: number,
  onPacket: (packet: Buffer, peer: string) => void,
): Promise<SocketInlet> {
  const { host, port, family, text } = address;
  const isV6 = family === 6 || (family === null && host.includes(':'));
  const socket = createSocket({
    type: isV6 ? 'udp6' : 'udp4',
    ...(bufferBytes > 0 && { recvBufferSize: bufferBytes }),
  });
  const listening = once(socket, 'listening');
  socket.bind({ port, ...(host !== '' && { address: host }) });
  try {
    await listening;
  } catch (cause) {
    socket.close();
    throw cannotListen(text, cause);
  }
  socket.on('error', () => undefined);
  socket.on('message', (packet, peer) => onPacket(packet, `${peer.address}:${peer.port}`));
  return {
    resume: () => undefined,
    close: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

async function serverOf(
  tls: TlsFiles | null,
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  if (tls === null) return createServer(onConnection);
  const files = await readTlsFiles(tls);
  try {
    return createTlsServer({ ...files, handshakeTimeout: HANDSHAKE_MS_MAX }, onConnection);
  } catch (cause) {
    throw unusable(cause);
  }
}

function keepWhileOpen(socket: Socket, among: Set<Socket>): void {
  among.add(socket);
  socket.once('close', () => among.delete(socket));
}

async function bound(server: Server, address: SocketAddress): Promise<void> {
  if (address.kind === 'unix') await removeDead(address.path);
  const listening = once(server, 'listening');
  if (address.kind === 'unix') server.listen(address.path);
  else {
    const anyHost = address.family === 4 ? '0.0.0.0' : undefined;
    const host = address.host === '' ? anyHost : address.host;
    server.listen({
      ...{ port: address.port, ipv6Only: address.family === 6 },
      ...(host !== undefined && { host }),
    });
  }
  try {
    await listening;
  } catch (cause) {
    throw cannotListen(address.text, cause);
  }
  // A failed accept concerns one connection and not the server.
  server.on('error', () => undefined);
}

/** A socket file that a process has left behind keeps its successor from listening. */
async function removeDead(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (stats?.isSocket() !== true) return;
  const socket = connect(path);
  const isAlive = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  if (!isAlive) await unlink(path).catch(() => undefined);
}

function converse(socket: Socket, options: StreamInletOptions): void {
  const { idleMs, keepAliveMs, hasRoom, onConnection } = options;
  const { remoteAddress = '', remotePort } = socket;
  const conversation = onConnection(
    remotePort === undefined ? '' : `${remoteAddress}:${remotePort}`,
  );
  if (keepAliveMs > 0) socket.setKeepAlive(true, keepAliveMs);
  socket.setTimeout(idleMs, () => {
    // One that waits for us is not idle.
    if (!socket.isPaused()) socket.end();
  });
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    // No encoding is set: these are bytes.
    if (typeof chunk === 'string') return;
    conversation.received(chunk);
    if (!hasRoom()) socket.pause();
  });
  socket.on('close', () => conversation.ended());
}
