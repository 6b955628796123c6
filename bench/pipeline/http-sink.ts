import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { freePort } from '../support/free-port.ts';
import { Helper } from '../support/helper.ts';
import { type LogFile, linesOf } from '../support/log-files.ts';
import type { OpenSink } from './route.ts';

const Tally = z.object({ lines: z.int(), crc: z.int() });

/** A bare server in a process of its own, which is sent each line as `{"raw": line}`. */
export const httpSink: OpenSink = async (input, context) => {
  const wanted = { lines: input.lines, crc: crcOfRecords(input) };
  const server = new Helper('http-sink.process.ts', context);
  const port = await freePort();
  await server.ask({ ask: 'listen', port }, z.object({}));
  return {
    sender: {
      sender_type: 'http',
      http_sender_url: `http://127.0.0.1:${port}/`,
      http_sender_protocol: 'json',
    },
    arrival: async () => {
      await server.ask({ ask: 'arrival', lines: input.lines }, z.object({}));
    },
    check: async () => {
      const got = await server.ask({ ask: 'tally' }, Tally);
      if (got.lines === wanted.lines && got.crc === wanted.crc) return;
      throw new Error(`the server got ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

function crcOfRecords(input: LogFile): number {
  let crc = 0;
  for (const line of linesOf(input.path)) {
    crc = crc32(`${JSON.stringify({ raw: `${line}\n` })}\n`, crc);
  }
  return crc;
}
