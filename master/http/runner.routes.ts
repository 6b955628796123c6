import { LOGKIT_CODES } from '../../shared/api/codes.ts';
import { RunnerName } from '../../shared/domain/runner-name.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { sharesWork, stringifyOptions } from '../fleet/agent-body.ts';
import type { Commands } from '../fleet/commands.ts';
import { aimOf } from './aim.ts';

export const CLUSTER = '/logkit/cluster';

/** An action that nobody knows, of a runner: the method is wrong there, says the original. */
export const RESERVED_PATHS: readonly string[] = [`${CLUSTER}/configs/:name/:action`];

/** Query parameters of a command that are meant for the agents. */
const FORWARDED_PARAMETERS = ['force'] as const;

interface RunnerCommand {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** What follows the runner's name in the path. */
  readonly action: '' | '/start' | '/stop' | '/reset';
  /** The word for it in messages and metrics. */
  readonly operation: string;
  readonly failure: string;
  /** Whether the body is a runner configuration. */
  readonly hasConfig: boolean;
}

const RUNNER_COMMANDS: readonly RunnerCommand[] = [
  {
    method: 'POST',
    action: '',
    operation: 'add',
    failure: LOGKIT_CODES.clusterRunnerAdd,
    hasConfig: true,
  },
  {
    method: 'PUT',
    action: '',
    operation: 'update',
    failure: LOGKIT_CODES.clusterRunnerUpdate,
    hasConfig: true,
  },
  {
    method: 'DELETE',
    action: '',
    operation: 'delete',
    failure: LOGKIT_CODES.clusterRunnerDelete,
    hasConfig: false,
  },
  {
    method: 'POST',
    action: '/start',
    operation: 'start',
    failure: LOGKIT_CODES.clusterRunnerStart,
    hasConfig: false,
  },
  {
    method: 'POST',
    action: '/stop',
    operation: 'stop',
    failure: LOGKIT_CODES.clusterRunnerStop,
    hasConfig: false,
  },
  {
    method: 'POST',
    action: '/reset',
    operation: 'reset',
    failure: LOGKIT_CODES.clusterRunnerReset,
    hasConfig: false,
  },
];

/** What a user tells runners to do, each sent on to the agents' own route of the same shape. */
export function runnerRoutes(commands: Commands): Route[] {
  return RUNNER_COMMANDS.map((row) => ({
    method: row.method,
    path: `${CLUSTER}/configs/:name${row.action}`,
    access: 'user',
    failure: row.failure,
    answer: async (call) => {
      const name = runnerNameIn(call);
      const command = {
        operation: row.operation,
        words: `${row.operation} runner ${name}`,
        method: row.method,
        path: `/logkit/configs/${encodeURIComponent(name)}${row.action}${forwardedQuery(call)}`,
        ...(row.hasConfig && configIn(call)),
      };
      return commands.run(command, aimOf(call), call.signal);
    },
  }));
}

function configIn({ body }: Call) {
  const text = body.toString();
  return { body: Buffer.from(stringifyOptions(text)), sharesWork: sharesWork(text) };
}

/** @throws AppError `invalid` when no runner can have that name. */
export function runnerNameIn(call: Call): string {
  const name = RunnerName.safeParse(call.params['name']);
  if (name.success) return name.data;
  throw new AppError('invalid', name.error.issues.map(({ message }) => message).join('; '));
}

function forwardedQuery(call: Call): string {
  const parameters = new URLSearchParams();
  for (const name of FORWARDED_PARAMETERS) {
    const value = call.query(name);
    if (value !== '') parameters.set(name, value);
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}
