import { parentPort } from 'node:worker_threads';
import { waitingRequests } from '../waiting-requests.ts';
import type { Numbered, Reply } from '../worker-rpc.ts';

/** Answers, in a worker thread, what it is asked: together, in one transaction, what waits together. */
export function serveBatches<Request>(
  answer: (batch: readonly Numbered<Request>[]) => readonly Reply[],
): void {
  const port = parentPort;
  port?.on('message', (came: readonly Numbered<Request>[]) => {
    for (const batch of waitingRequests(port, came)) port.postMessage(answer(batch));
  });
}
