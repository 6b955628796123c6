import { LOGKIT_CODES } from '../../shared/api/codes.ts';
import type { Administration } from '../../shared/coordinator/administration.ts';
import { coordinatorRoutes } from '../../shared/coordinator/http/coordinator-routes.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { PartitionedRunner } from '../partitioned/partitioned-runner.ts';
import type { RunnersView } from '../runner/runners-view.ts';

const BASE = '/logkit/partitions';

/** The work that this agent shares with others, by its keys; each has the coordinator's own API. */
export function partitionRoutes(view: Pick<RunnersView, 'shared'>): Route[] {
  const find = (call: Call): Administration => administrationOf(view, call.params['key'] ?? '');
  return [
    {
      ...{ method: 'GET', path: BASE, access: 'user', failure: LOGKIT_CODES.configGet },
      answer: async () => view.shared().map(shown),
    },
    ...coordinatorRoutes(find).map((route) => ({ ...route, path: `${BASE}/:key${route.path}` })),
  ];
}

/** As it was seen last: whoever passes requests on asks for it before each of them. */
function shown({ key, name, progress: { partition } }: PartitionedRunner) {
  return { key, runner: name, partition };
}

function administrationOf(view: Pick<RunnersView, 'shared'>, key: string): Administration {
  const runner = view.shared().find((one) => one.key === key);
  if (runner === undefined) {
    throw new AppError('not_found', `no runner at work here shares its work by the key ${key}`);
  }
  if (runner.administration !== null) return runner.administration;
  const why = runner.progress.trouble ?? 'it has only just begun';
  throw new AppError('unavailable', `the work of ${key} cannot be looked at now: ${why}`);
}
