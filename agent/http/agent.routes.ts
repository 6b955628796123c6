import { ERROR_TEXTS } from '../../shared/api/codes.ts';
import { decodeBody } from '../../shared/api/go-json.ts';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import type { Runners } from '../runner/runners.ts';
import type { AgentIdentity } from '../runner/status.ts';

interface AgentRoutesDeps {
  readonly runners: Runners;
  readonly version: string;
  readonly identity: () => AgentIdentity;
}

type Answer = Route['answer'];

/**
 * An agent's own API, contract section 8; every process has it. A Go master crashes when
 * `GET /logkit/runners` answers anything but 200, so the reads here cannot fail.
 */
export function agentRoutes({ runners, version, identity }: AgentRoutesDeps): Route[] {
  const configs = '/logkit/configs';
  const { view } = runners;
  return [
    read('/logkit/version', async () => ({ version: `v${version}` }), 'open'),
    read('/logkit/errorcode', async () => ERROR_TEXTS),
    read('/logkit/status', async () => view.statuses(identity())),
    read('/logkit/runners', async () => view.names()),
    read('/logkit/errors', async () => view.errors()),
    {
      ...read('/logkit/errors/:name', async (call) => view.errorsOf(nameOf(call))),
      failure: 'L1008',
    },
    read(configs, async () => view.configs()),
    { ...read(`${configs}/:name`, async (call) => view.config(nameOf(call))), failure: 'L1001' },
    write('POST', `${configs}/:name`, 'L1002', (call) => runners.add(nameOf(call), configOf(call))),
    write('PUT', `${configs}/:name`, 'L1007', (call) =>
      runners.update(nameOf(call), configOf(call), isForced(call)),
    ),
    write('DELETE', `${configs}/:name`, 'L1003', (call) =>
      runners.remove(nameOf(call), isForced(call)),
    ),
    write('POST', `${configs}/:name/start`, 'L1004', (call) => runners.start(nameOf(call))),
    write('POST', `${configs}/:name/stop`, 'L1005', (call) => runners.stop(nameOf(call))),
    write('POST', `${configs}/:name/reset`, 'L1006', (call) => runners.reset(nameOf(call))),
  ];
}

function read(path: string, answer: Answer, access: Route['access'] = 'user'): Route {
  return { method: 'GET', path, access, failure: 'L1001', answer };
}

function write(
  method: Route['method'],
  path: string,
  failure: string,
  act: (call: Call) => Promise<void>,
): Route {
  return { method, path, access: 'user', failure, answer: act };
}

function nameOf(call: Call): string {
  return call.params['name'] ?? '';
}

function configOf({ body, contentType }: Call): RunnerConfig {
  return decodeBody(RunnerConfig, { body, contentType }, 'mgr.RunnerConfig');
}

function isForced(call: Call): boolean {
  return call.query('force') === 'true';
}
