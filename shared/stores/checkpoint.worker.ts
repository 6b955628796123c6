import { parentPort } from 'node:worker_threads';
import { CheckpointEngine, type CheckpointRequest } from './checkpoint-engine.ts';
import { waitingRequests } from './waiting-requests.ts';
import type { Numbered } from './worker-rpc.ts';

const engine = new CheckpointEngine();
const port = parentPort;
let last: Promise<unknown> = Promise.resolve();

// Commits among those that wait together share one transaction.
port?.on('message', (came: readonly Numbered<CheckpointRequest>[]) => {
  for (const batch of waitingRequests(port, came)) {
    last = last.then(async () => port.postMessage(await engine.answer(batch)));
  }
});
