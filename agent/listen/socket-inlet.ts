import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { cannotListen } from './service-address.ts';
import type { SocketAddress } from './socket-address.ts';

/** What becomes of what comes in by one connection. */
export interface Conversation {
  received(chunk: Buffer): void;
  ended(): void;
}

export interface StreamInletOptions {
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

/** Listens for connections of TCP or of a Unix socket. */
export async function openStreamInlet(
  address: SocketAddress,
  options: StreamInletOptions,
): Promise<SocketInlet> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    converse(socket, options);
  });
  server.maxConnections = options.connectionsMax;
  await bound(server, address);
  return {
    resume: () => {
      for (const socket of sockets) if (socket.isPaused()) socket.resume();
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
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
