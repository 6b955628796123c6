import { z } from 'zod';
import type { Call, Route } from '../../http/route.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Administration } from '../administration.ts';
import { CoordinatorOptions } from '../coordinator-options.ts';
import type { FindWork } from './find-work.ts';
import { jsonRoute } from './json-route.ts';
import { listRoute } from './list-route.ts';
import { parsed } from './parsed.ts';
import {
  commandOnWire,
  countsOnWire,
  gapsOnWire,
  partitionOnWire,
  workerOnWire,
} from './partition-wire.ts';
import { retryRoute } from './retry-route.ts';
import { storeRoutes } from './store-routes.ts';

const PartitionId = z.coerce.number().int().positive();

/** What a process that works on a namespace answers: the original's API, and more. */
export function coordinatorRoutes(find: FindWork): Route[] {
  return [...namespaceRoutes(find), ...storeRoutes(find)];
}

/** What any of them answers for all; the rest each answers for itself. */
export function namespaceRoutes(find: FindWork): Route[] {
  return [
    retryRoute(find),
    ...lookRoutes(find),
    ...partitionRoutes(find),
    jsonRoute('POST', '/api/v1/pause', async (call) => paused(find(call), true)),
    jsonRoute('POST', '/api/v1/resume', async (call) => paused(find(call), false)),
  ];
}

function lookRoutes(find: FindWork): Route[] {
  return [
    jsonRoute('GET', '/api/v1/stats', async (call) => {
      const { store } = find(call);
      return countsOnWire(await store.counts(), await store.planState());
    }),
    jsonRoute('GET', '/api/v1/workers', async (call) => ({
      workers: (await find(call).store.workers()).map(workerOnWire),
    })),
    jsonRoute('GET', '/api/v1/leader', async (call) => {
      const { leader, epoch, leftMs } = await find(call).store.leadership();
      return { leader, epoch, lease_left_ms: Math.round(leftMs) };
    }),
    jsonRoute('GET', '/api/v1/commands/:id', async (call) => {
      const id = call.params['id'] ?? '';
      const command = await find(call).store.command(id);
      if (command === null) throw new AppError('not_found', `there is no command ${id}`);
      return commandOnWire(command);
    }),
    jsonRoute('GET', '/api/v1/gaps', (call) => gaps(find, call, false)),
    jsonRoute('POST', '/api/v1/gaps', (call) => gaps(find, call, true)),
  ];
}

function partitionRoutes(find: FindWork): Route[] {
  return [
    listRoute(find),
    jsonRoute('GET', '/api/v1/partitions/:id', (call) => shown(find, call)),
    jsonRoute('GET', '/api/v1/partitions/:id/explain', async (call) => {
      const id = idOf(call);
      return { partition_id: id, reasons: await find(call).explain(id) };
    }),
    jsonRoute('POST', '/api/v1/partitions/:id/cancel', async (call) => {
      const id = idOf(call);
      const cancelled = await find(call).store.cancel([id], 'cancelled by hand');
      return found(id, cancelled, 'completed, or given up already');
    }),
    jsonRoute('DELETE', '/api/v1/partitions/:id', async (call) => {
      const id = idOf(call);
      return found(id, await find(call).store.remove([id]), 'completed');
    }),
  ];
}

async function paused({ store, coordinator }: Administration, isPaused: boolean) {
  await store.setPaused(isPaused);
  if (!isPaused) coordinator.worker.nudge();
  return { success: true, is_paused: isPaused };
}

async function shown(find: FindWork, call: Call) {
  const id = idOf(call);
  const { store } = find(call);
  const partition = await store.partition(id);
  if (partition !== null) return partitionOnWire(partition);
  // Of completed ones nothing else is kept.
  if (await store.isCompleted(id)) return { partition_id: id, status: 'completed' };
  throw new AppError('not_found', `there is no partition ${id}`);
}

async function gaps(find: FindWork, call: Call, isToFill: boolean) {
  const mode = parsed(CoordinatorOptions.shape.gap_mode, call.query('mode') || undefined);
  const report = await find(call).gaps(mode, isToFill, call.signal);
  if (report === null) throw new AppError('not_found', 'nothing was planned yet');
  return gapsOnWire(report);
}

function found(id: number, ids: readonly number[], orElse: string) {
  if (ids.length > 0) return { success: true, partition_id: id };
  throw new AppError('not_found', `there is no partition ${id}, or it is ${orElse}`);
}

function idOf(call: Call): number {
  const { success, data } = PartitionId.safeParse(call.params['id']);
  if (success) return data;
  throw new AppError(
    'invalid',
    `${call.params['id'] ?? ''} is no partition: a whole number from 1`,
  );
}
