import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '../../../support/fleet-process.ts';
import { waitFor } from '../../../support/wait-for.ts';
import {
  FLOOD,
  floodText,
  linesText,
  type ReaderRig,
  type ReaderSource,
} from '../../reader-rig.ts';
import { isListening } from '../../support/is-listening.ts';

const WAITING_BYTES_MAX = 4 * 1024 * 1024;

export const socketRig: ReaderRig = {
  make: async () => sourceAt(await freePort()),
  absent: async () => {
    const port = await freePort();
    const other = createServer();
    other.listen(port, '127.0.0.1');
    await once(other, 'listening');
    const appear = async () => {
      other.close();
      await once(other, 'close');
    };
    return { ...sourceAt(port), appear };
  },
  absence: 'thrown',
  resumes: false,
};

function sourceAt(port: number): ReaderSource {
  const sockets: Socket[] = [];
  const connected = async () => {
    await waitFor('the port', () => isListening(port));
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  return {
    options: { socket_service_address: `tcp://127.0.0.1:${port}`, socket_rule: 'line' },
    add: async (from, to) => {
      (await connected()).end(linesText(from, to));
    },
    flood: async (reader) => {
      const socket = await connected();
      const part = Buffer.from(floodText(1_000));
      for (let written = 0; written < FLOOD.lines; written += 1_000) socket.write(part);
      await waitFor('a full inbox', () => reader.lag().bytes >= WAITING_BYTES_MAX);
    },
    release: async () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
