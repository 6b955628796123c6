import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { freePort } from '../../../support/fleet-process.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { floodText, linesText, type ReaderRig, type ReaderSource } from '../../reader-rig.ts';
import { isListening } from '../../support/is-listening.ts';

const WAITING_BYTES_MAX = 4 * 1024 * 1024;
const PARTS = 24;
/** What waits, what is handed out, and some that come between. */
const TAKEN_MAX = 8;
const TOO_MANY = 429;

export const httpRig: ReaderRig = {
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
  const answers: Promise<number>[] = [];
  const post = (body: string | Buffer) => {
    const posted = posting(port, body);
    answers.push(posted);
    return posted;
  };
  const listening = () => waitFor('the port', () => isListening(port));
  return {
    options: {
      http_service_address: `127.0.0.1:${port}`,
      http_max_waiting_size: String(WAITING_BYTES_MAX),
    },
    add: async (from, to) => {
      await listening();
      void post(linesText(from, to));
    },
    flood: async () => {
      await listening();
      const part = Buffer.from(floodText(1_024));
      let refused = 0;
      for (let posted = 0; posted < PARTS; posted += 1) {
        void post(part).then((status) => (refused += Number(status === TOO_MANY)));
      }
      await waitFor('most to be refused', () => refused >= PARTS - TAKEN_MAX);
    },
    release: async () => {
      await Promise.all(answers);
    },
  };
}

/** Resolves to the status of the answer; 0: there is none. It keeps no copy of the body. */
function posting(port: number, body: string | Buffer): Promise<number> {
  const to = { host: '127.0.0.1', port, path: '/logkit/data', method: 'POST', agent: false };
  return new Promise((resolve) => {
    const asked = request(to, (answer) => {
      answer.resume();
      answer.once('close', () => resolve(answer.statusCode ?? 0));
    });
    asked.on('error', () => resolve(0));
    asked.end(body);
  });
}
