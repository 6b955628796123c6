import { parentPort } from 'node:worker_threads';
import { hostClock } from '../../kernel/clock.ts';
import type { Numbered } from '../worker-rpc.ts';
import { type DocumentRequest, DocumentRequests } from './document-requests.ts';

const requests = new DocumentRequests(hostClock);
const port = parentPort;

port?.on('message', (came: readonly Numbered<DocumentRequest>[]) => {
  for (const request of came) port.postMessage([requests.answer(request)]);
});
