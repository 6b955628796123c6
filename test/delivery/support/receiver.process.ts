import { appendFileSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Behaviour, ReceiverOrder, ReceiverReport } from './receiver.ts';

/**
 * Takes batches over HTTP, appends them to a file and answers as it is told to. One that honours
 * keys answers a batch whose Idempotency-Key it has seen with 200, and does not store it again.
 */
const { port, file, honoursKeys } = JSON.parse(process.argv[2] ?? '') as ReceiverOrder;

const out = openSync(file, 'a');
const keyFile = `${file}.keys`;
const keys = new Set(existsSync(keyFile) ? readFileSync(keyFile, 'utf8').split('\n') : []);
let behaviour: Behaviour = 'well';
const report = { requests: 0, stored: 0, known: 0, withoutKey: 0 };

const server = createServer((request, response) => {
  report.requests += 1;
  answer(request, response).catch(() => response.destroy());
});
server.listen(port, '127.0.0.1', () => process.send?.('ready'));

process.on('message', (wanted: Behaviour | 'report') => {
  if (wanted !== 'report') behaviour = wanted;
  process.send?.(wanted === 'report' ? (report satisfies ReceiverReport) : wanted);
});
// Between two events, so that what it stores and what it knows of keys are never half written.
process.on('disconnect', () => process.exit());

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  switch (behaviour) {
    case 'well':
      store(request, await bodyOf(request));
      response.end('ok');
      return;
    case 'hangs':
      await bodyOf(request);
      return;
    case 'fails':
      await bodyOf(request);
      response.writeHead(500).end('out of order');
      return;
    case 'resets':
      await halfOf(request);
      request.socket.resetAndDestroy();
      return;
    case 'answers-early':
      await halfOf(request);
      response.writeHead(200, { 'content-length': 100 }).write('half an ');
      setImmediate(() => request.socket.resetAndDestroy());
      return;
    case 'answers-half':
      store(request, await bodyOf(request));
      response.writeHead(200, { 'content-length': 100 }).write('half an ');
      setImmediate(() => request.socket.destroy());
      return;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Reads until half of what is announced is there; the rest is left in the socket. */
async function halfOf(request: IncomingMessage): Promise<void> {
  const half = Number(request.headers['content-length'] ?? 0) / 2;
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length;
    if (bytes >= half) return;
  }
}

function store({ headers }: IncomingMessage, body: Buffer): void {
  const key = headers['idempotency-key'];
  if (typeof key !== 'string') report.withoutKey += 1;
  else if (honoursKeys && isKnown(key)) {
    report.known += 1;
    return;
  }
  const bytes = Buffer.concat([body, Buffer.from('\n')]);
  for (let done = 0; done < bytes.length; ) done += writeSync(out, bytes, done);
  report.stored += 1;
}

/** Whether a batch of this key was stored before; from now on it was. */
function isKnown(key: string): boolean {
  if (keys.has(key)) return true;
  keys.add(key);
  appendFileSync(keyFile, `${key}\n`);
  return false;
}
