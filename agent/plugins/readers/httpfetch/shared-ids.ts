import type { Planner } from '../../../../shared/coordinator/processor.ts';
import { AppError } from '../../../../shared/kernel/errors.ts';
import type { PartitionedSource, PartitionSettings, PluginContext } from '../../plugin.ts';
import { answeredAt } from './ask.ts';
import { asksForOne } from './id-answers.ts';
import { openIdReader } from './id-reader.ts';
import { idIn } from './last-id.ts';
import type { HttpfetchOptions } from './options.ts';

const SIZE = 1_000n;

/**
 * The IDs of a server's items as work that agents share.
 * @throws AppError `invalid` for options that tell no IDs, or more than IDs.
 */
export function sharedIds(
  options: HttpfetchOptions,
  { size }: PartitionSettings,
  context: PluginContext,
): PartitionedSource {
  const problem = problemOf(options);
  if (problem !== null) throw new AppError('invalid', `reader option ${problem}`);
  const first = options.http_first_id ?? 1n;
  return {
    planner: plannerOf(options, size ?? SIZE, context),
    firstId: async () => first,
    open: (partition, opening) => openIdReader(options, partition, opening, context),
    close: () => Promise.resolve(),
  };
}

function plannerOf(options: HttpfetchOptions, size: bigint, { http }: PluginContext): Planner {
  const { http_last_id: fixed, http_last_id_path: path, http_last_id_field: field } = options;
  const lastId = async (signal: AbortSignal) =>
    fixed ?? idIn(await answeredAt(options, path, { http, signal }), field);
  return {
    partitionSize: async () => size,
    async nextMaxId(startId, rangeSize, signal) {
      const last = await lastId(signal);
      const most = startId + rangeSize - 1n;
      if (last === null) return startId - 1n;
      return last < most ? last : most;
    },
  };
}

/** What does not go with shared work, and what would; null: all does. */
function problemOf(options: HttpfetchOptions): string | null {
  const { http_service_path: path, http_body: body } = options;
  const has = (variable: string) => path.includes(variable) || body.includes(variable);
  const isOne = asksForOne(options);
  const hasEnds = [has('{min}'), has('{max}')];
  if (isOne && hasEnds.includes(true)) {
    return 'http_service_path: write either {id}, for one ID a request, or {min} and {max}';
  }
  if (!isOne && hasEnds.includes(false)) {
    return 'http_service_path: shared work needs {id} in it, or {min} and {max}, such as "/orders/{id}"';
  }
  if (has('$(pageNum)') || has('$(pageSize)')) {
    return 'http_service_path: $(pageNum) and $(pageSize) do not go with shared work; use http_ids_a_request';
  }
  return problemOfRest(options, isOne);
}

function problemOfRest(options: HttpfetchOptions, isOne: boolean): string | null {
  const { http_last_id: last, http_last_id_path: path, http_first_id: first } = options;
  if ((last === null) === (path === '')) {
    return 'http_last_id: shared work needs either it or http_last_id_path';
  }
  if (path === '' && options.http_last_id_field !== null) {
    return 'http_last_id_field: it belongs to http_last_id_path';
  }
  if (last !== null && last < (first ?? 1n)) return 'http_last_id: it is before http_first_id';
  if (options.http_cron.kind !== 'once') {
    return 'http_cron: it does not go with shared work, which is planned at partition.planner_interval_ms';
  }
  if (isOne && options.http_ids_a_request > 0) {
    return 'http_ids_a_request: it belongs to {min} and {max}';
  }
  return null;
}
