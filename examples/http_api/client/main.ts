import { CoordinatorClient } from './client.ts';
import { ClientError } from './client-error.ts';

/** Asks all that there is to ask. */
const { SERVER_URL: url = 'http://localhost:8080', API_TOKEN: token = '' } = process.env;

const client = new CoordinatorClient(url, { token, log: (line) => say(`  ${line}`) });

try {
  show('health', await client.health());
  show('info', await client.info());
  show('status', await client.status());
  show('retry all', await client.retryFailedPartitions({ mode: 'immediate' }));
  show(
    'retry some',
    await client.retryFailedPartitions({ partitionIds: [10, 20], mode: 'immediate' }),
  );
  show(
    'retry by force',
    await client.retryFailedPartitions({ partitionIds: [30], mode: 'immediate', force: true }),
  );
  show('leave it to the leader', await client.retryFailedPartitions({ mode: 'scheduled' }));
  await showRefusal();
  show('figures of this client', client.metrics);
} catch (thrown) {
  if (!(thrown instanceof ClientError)) throw thrown;
  say(`${adviceFor(thrown)}\n  ${thrown.message}`);
  process.exitCode = 1;
}

/** What the server says no to is an error that tells why. */
async function showRefusal(): Promise<void> {
  try {
    await client.retryFailedPartitions({ partitionIds: [0] });
  } catch (thrown) {
    if (!(thrown instanceof ClientError) || thrown.kind !== 'rejected') throw thrown;
    say(`refused, as it should be:\n  ${thrown.message}`);
  }
}

function adviceFor({ kind }: ClientError): string {
  switch (kind) {
    case 'connection_refused':
      return 'The server does not run: node examples/http_api/server.ts';
    case 'unreachable':
      return 'The server cannot be reached: look at SERVER_URL and at the network.';
    case 'timeout':
      return 'The server does not answer in time: give the client a longer timeoutMs.';
    case 'not_json':
      return 'What answers is not the server of this example: look at SERVER_URL.';
    case 'rejected':
      return 'The server said no.';
  }
}

function show(what: string, answer: object): void {
  say(`${what}:\n${JSON.stringify(answer, null, 2).replaceAll(/^/gm, '  ')}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
