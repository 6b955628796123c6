import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Numbered } from './worker-rpc.ts';

/** Requests answered together. */
const BATCH_MAX = 256;

/** What came, and what arrived meanwhile and waits in the port, in batches to be answered together. */
export function waitingRequests<Request>(
  port: MessagePort,
  came: readonly Numbered<Request>[],
): Numbered<Request>[][] {
  const waiting = [...came];
  while (waiting.length < BATCH_MAX) {
    const next: { message: readonly Numbered<Request>[] } | undefined = receiveMessageOnPort(port);
    if (next === undefined) break;
    waiting.push(...next.message);
  }
  const batches: Numbered<Request>[][] = [];
  for (let at = 0; at < waiting.length; at += BATCH_MAX) {
    batches.push(waiting.slice(at, at + BATCH_MAX));
  }
  return batches;
}
