import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { CheckpointEngine, type CheckpointRequest } from './checkpoint-engine.ts';
import type { Numbered } from './worker-rpc.ts';

/** Requests answered together; commits among them share one transaction. */
const BATCH_MAX = 256;

const engine = new CheckpointEngine();
const port = parentPort;
let last: Promise<unknown> = Promise.resolve();

port?.on('message', (first: Numbered<CheckpointRequest>) => {
  const batch = [first];
  // What arrived while the last batch was written is waiting in the port.
  while (batch.length < BATCH_MAX) {
    const next: { message: Numbered<CheckpointRequest> } | undefined = receiveMessageOnPort(port);
    if (next === undefined) break;
    batch.push(next.message);
  }
  last = last.then(async () => port.postMessage(await engine.answer(batch)));
});
