import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Sends text as it is over a new connection and gives back all that came until it was closed. */
export async function rawExchange(port: number, text: string): Promise<string> {
  const socket = await rawConnect(port);
  const answer = allText(socket);
  socket.write(text);
  return answer;
}

export async function rawConnect(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Everything a connection receives until it ends, however it ends. */
export function allText(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}
