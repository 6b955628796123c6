import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import type { Numbered, Reply } from '../worker-rpc.ts';

/** Requests answered together, in one transaction. */
const BATCH_MAX = 256;

/** Answers, in a worker thread, what it is asked: together what waits together. */
export function serveBatches<Request>(
  answer: (batch: readonly Numbered<Request>[]) => readonly Reply[],
): void {
  const port = parentPort;
  port?.on('message', (first: Numbered<Request>) => {
    const batch = [first];
    // What arrived while the last batch was written is waiting in the port.
    while (batch.length < BATCH_MAX) {
      const next: { message: Numbered<Request> } | undefined = receiveMessageOnPort(port);
      if (next === undefined) break;
      batch.push(next.message);
    }
    port.postMessage(answer(batch));
  });
}
