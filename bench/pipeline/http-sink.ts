import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { freePort } from '../support/free-port.ts';
import { Helper } from '../support/helper.ts';
import { type LogFile, linesOf } from '../support/log-files.ts';
import type { OpenSink } from './route.ts';

const Tally = z.object({ bytes: z.int(), crc: z.int() });
type Tally = z.output<typeof Tally>;

/** A bare server in a process of its own, which is sent each line as `{"raw": line}`. */
export const httpSink: OpenSink = async (input, context) => {
  const wanted = tallyOfRecords(input);
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
      await server.ask({ ask: 'arrival', bytes: wanted.bytes }, z.object({}));
    },
    check: async () => {
      const got = await server.ask({ ask: 'tally' }, Tally);
      if (got.bytes === wanted.bytes && got.crc === wanted.crc) return;
      throw new Error(`the server got ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

function tallyOfRecords(input: LogFile): Tally {
  let crc = 0;
  let bytes = 0;
  for (const line of linesOf(input.path)) {
    const record = `${JSON.stringify({ raw: `${line}\n` })}\n`;
    crc = crc32(record, crc);
    // The lines are ASCII.
    bytes += record.length;
  }
  return { bytes, crc };
}
