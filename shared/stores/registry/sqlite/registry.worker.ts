import { hostClock } from '../../../kernel/clock.ts';
import { serveBatches } from '../../sqlite/serve-batches.ts';
import { type RegistryRequest, RegistryRequests } from './registry-requests.ts';

const requests = new RegistryRequests(hostClock);
serveBatches<RegistryRequest>((batch) => requests.answer(batch));
