import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { z } from 'zod';
import { type Caller, NAME, requireGreeting, type Sides } from './sides.ts';

const HEAD_BYTES = 8;

/** The least that a multiplexed call can cost: length, number, JSON; nothing is checked or limited. */
export const bareTcp: Sides = { serve, connect: connectTo };

const Asked = z.object({ name: z.string() });
const Answered = z.object({ message: z.string() });

async function serve(): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    const write = inOneWrite(socket);
    onFrames(socket, (id, body) => {
      const { name } = Asked.parse(JSON.parse(body.toString()));
      write(frame(id, { message: `Hello, ${name}!` }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function connectTo(port: number): Promise<Caller> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  const write = inOneWrite(socket);
  const waiting = new Map<number, (body: Buffer) => void>();
  onFrames(socket, (id, body) => {
    waiting.get(id)?.(body);
    waiting.delete(id);
  });
  let last = 0;
  return {
    call: async () => {
      last += 1;
      const { promise, resolve } = Promise.withResolvers<Buffer>();
      waiting.set(last, resolve);
      write(frame(last, { name: NAME }));
      requireGreeting(Answered.parse(JSON.parse((await promise).toString())).message);
    },
  };
}

function frame(id: number, message: object): Buffer {
  const body = JSON.stringify(message);
  const length = Buffer.byteLength(body);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + length);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(id, 4);
  bytes.write(body, HEAD_BYTES);
  return bytes;
}

/** What is written in one turn of the event loop goes out together. */
function inOneWrite(socket: Socket): (bytes: Buffer) => void {
  let isCorked = false;
  return (bytes) => {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      setImmediate(() => {
        isCorked = false;
        socket.uncork();
      });
    }
    socket.write(bytes);
  };
}

function onFrames(socket: Socket, tell: (id: number, body: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      tell(bytes.readUInt32BE(at + 4), bytes.subarray(at + HEAD_BYTES, end));
      at = end;
    }
    rest = bytes.subarray(at);
  });
}
