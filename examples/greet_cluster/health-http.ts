import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { healthAnswer, metricsAnswer, statusAnswer, type Watched } from './health-answers.ts';
import { HOST } from './hello.ts';

interface Answer {
  readonly code: number;
  readonly type: string;
  readonly text: string;
}

/** `/health`, `/metrics` and `/status` of a server; to ask counts as no request. */
export async function serveHealth(watched: Watched, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(request, response, watched);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  watched: Watched,
): Promise<void> {
  const { code, type, text } = await answerTo(request, watched);
  response.writeHead(code, { 'content-type': type });
  response.end(text);
}

async function answerTo({ url = '', headers }: IncomingMessage, watched: Watched): Promise<Answer> {
  const { greet } = watched;
  switch (url.split('?', 1)[0] ?? '') {
    case '/health':
      return json(greet.isDown() ? 503 : 200, healthAnswer(watched));
    case '/metrics':
      if (!isPrometheus(headers.accept)) return json(200, metricsAnswer(watched));
      return { code: 200, type: greet.page.contentType, text: await greet.page.text() };
    case '/status':
      return json(200, statusAnswer(watched));
    default:
      return json(404, { error: 'not found' });
  }
}

function json(code: number, body: object): Answer {
  return { code, type: 'application/json', text: `${JSON.stringify(body)}\n` };
}

/** It asks for text; what asks for anything at all gets JSON. */
function isPrometheus(accept = ''): boolean {
  return accept.includes('text/plain') || accept.includes('application/openmetrics-text');
}
