import { hostClock } from '../../../kernel/clock.ts';
import { serveBatches } from '../../sqlite/serve-batches.ts';
import { type PartitionRequest, PartitionRequests } from './partition-requests.ts';

const requests = new PartitionRequests(hostClock);
serveBatches<PartitionRequest>((batch) => requests.answer(batch));
