import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { arrival } from './arrival.ts';
import type { OutputCheck } from './output-checks.ts';
import type { OpenSink } from './route.ts';

/** A file that an agent writes; `options` are the sender's besides its path. */
export function fileSink(options: Readonly<Record<string, string>>, check: OutputCheck): OpenSink {
  return async (input, { dir, signal }) => {
    const path = join(dir, 'agent-out.log');
    return {
      sender: { sender_type: 'file', file_send_path: path, ...options },
      arrival: () => arrival(input, path, { heldBytes: 0, signal }),
      check: async () => check(input, path),
      [Symbol.asyncDispose]: () => rm(path, { force: true }),
    };
  };
}
