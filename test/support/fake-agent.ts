import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A request as an agent got it. */
export interface Asked {
  readonly method: string;
  /** With the query, percent-encoded as it came. */
  readonly path: string;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** `hang`: never answers. `reset`: ends the connection without a word. */
export type FakeAnswer = { readonly status: number; readonly body: string } | 'hang' | 'reset';

export const DONE: FakeAnswer = { status: 200, body: '{"code":"L200"}' };

/** An agent on a port of its own that answers as it is told and remembers what it was asked. */
export class FakeAgent {
  readonly asked: Asked[] = [];
  answer: (asked: Asked) => FakeAnswer;
  #server: Server | null = null;
  #url = '';

  private constructor(answer: (asked: Asked) => FakeAnswer) {
    this.answer = answer;
  }

  static async start(answer: FakeAnswer | ((asked: Asked) => FakeAnswer)): Promise<FakeAgent> {
    const agent = new FakeAgent(typeof answer === 'function' ? answer : () => answer);
    await agent.#listen();
    return agent;
  }

  get url(): string {
    return this.#url;
  }

  /** Ends every connection; from then on the port refuses. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async #listen(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP port');
    this.#server = server;
    this.#url = `http://127.0.0.1:${address.port}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const asked: Asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      contentType: request.headers['content-type'],
      authorization: request.headers.authorization,
      body: body.toString(),
    };
    this.asked.push(asked);
    const answer = this.answer(asked);
    if (answer === 'hang') return;
    if (answer === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json; charset=UTF-8' });
    response.end(answer.body);
  }
}
