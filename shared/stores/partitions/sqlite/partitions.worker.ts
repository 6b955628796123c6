import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { hostClock } from '../../../kernel/clock.ts';
import type { Numbered } from '../../worker-rpc.ts';
import { type PartitionRequest, PartitionRequests } from './partition-requests.ts';

/** Requests answered together, in one transaction. */
const BATCH_MAX = 256;

const requests = new PartitionRequests(hostClock);
const port = parentPort;

port?.on('message', (first: Numbered<PartitionRequest>) => {
  const batch = [first];
  // What arrived while the last batch was written is waiting in the port.
  while (batch.length < BATCH_MAX) {
    const next: { message: Numbered<PartitionRequest> } | undefined = receiveMessageOnPort(port);
    if (next === undefined) break;
    batch.push(next.message);
  }
  port.postMessage(requests.answer(batch));
});
