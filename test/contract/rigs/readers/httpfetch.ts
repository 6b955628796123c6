import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AbsentSource, floodText, linesText, type ReaderRig } from '../../reader-rig.ts';
import { silentTcp } from '../../support/silent-server.ts';

const optionsAt = (port: number) => ({
  ...{ http_service_address: `127.0.0.1:${port}`, http_service_path: '/logs' },
  ...{ http_cron: 'loop 10ms', http_response: 'lines' },
});

/** A server that answers with what was added since it was last asked. */
export const httpfetchRig: ReaderRig = {
  make: async () => serve(true),
  absent: async () => serve(false),
  absence: 'told',
  // A page is asked for again as a whole; without one there is nothing to go back to.
  resumes: false,
  silent: { open: silentTcp, options: optionsAt },
};

async function serve(isWell: boolean): Promise<AbsentSource> {
  let isThere = isWell;
  let isFlooded = false;
  let added = '';
  const flood = floodText(4_096);
  const server = createServer((_, response) => {
    response.statusCode = isThere ? 200 : 503;
    response.end(isFlooded ? flood : added);
    if (isThere) added = '';
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    options: optionsAt(port),
    add: async (from, to) => {
      added += linesText(from, to);
    },
    flood: async () => {
      isFlooded = true;
    },
    appear: async () => {
      isThere = true;
    },
    dispose: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
