import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import { LOGKIT_CODES } from '../../shared/api/codes.ts';
import { decodeBody } from '../../shared/api/go-json.ts';
import type { Selector } from '../../shared/domain/selector.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { Commands } from '../fleet/commands.ts';
import type { FleetMetrics } from '../fleet/fleet-metrics.ts';
import type { Queries } from '../fleet/queries.ts';
import type { SharedWork } from '../fleet/shared-work.ts';
import type { Slaves, SlaveView } from '../fleet/slaves.ts';
import { aimOf, selectorIn } from './aim.ts';
import { partitionRoutes } from './partition.routes.ts';
import { CLUSTER, runnerNameIn, runnerRoutes } from './runner.routes.ts';

export interface ClusterRoutesDeps {
  /** Without a cluster only ping, ismaster and register answer, each in its own way. */
  readonly isEnabled: boolean;
  readonly isMaster: boolean;
  readonly slaves: Slaves;
  readonly queries: Queries;
  readonly commands: Commands;
  readonly work: SharedWork;
  readonly metrics: FleetMetrics;
  readonly log: Logger;
}

const RegisterBody = z.object({ url: z.string().default(''), tag: z.string().default('') });

/** The master's API: `/logkit/cluster/...`, contract section 7. */
export function clusterRoutes(deps: ClusterRoutesDeps): Route[] {
  const behindSwitch = [
    ...slaveRoutes(deps),
    ...queryRoutes(deps),
    ...runnerRoutes(deps.commands),
    ...partitionRoutes({ work: deps.work, freshKey: randomUUID }),
  ];
  return [
    ...alwaysRoutes(deps),
    ...(deps.isEnabled ? behindSwitch : behindSwitch.map(switchedOff)),
  ];
}

function alwaysRoutes({ isEnabled, isMaster, slaves, metrics, log }: ClusterRoutesDeps): Route[] {
  return [
    {
      method: 'GET',
      path: `${CLUSTER}/ping`,
      access: 'open',
      failure: LOGKIT_CODES.clusterSlaves,
      answer: async () => undefined,
    },
    {
      method: 'GET',
      path: `${CLUSTER}/ismaster`,
      access: 'open',
      failure: LOGKIT_CODES.clusterSlaves,
      answer: async () => isEnabled && isMaster,
    },
    {
      method: 'POST',
      path: `${CLUSTER}/register`,
      access: 'peer',
      failure: LOGKIT_CODES.clusterRegister,
      hot: true,
      answer: async (call) => {
        const { url, tag } = decodeBody(RegisterBody, call, 'mgr.RegisterReq');
        if (!isEnabled) throw new AppError('conflict', 'this is not master');
        if (slaves.register({ url, tag }) === 'new') log.info({ url, tag }, 'slave registered');
        metrics.heartbeat();
      },
    },
  ];
}

function slaveRoutes({ slaves, commands }: ClusterRoutesDeps): Route[] {
  return [
    {
      method: 'GET',
      path: `${CLUSTER}/slaves`,
      access: 'user',
      failure: LOGKIT_CODES.clusterSlaves,
      answer: async (call) => slaves.list(selectorIn(call)).map(toWire),
    },
    {
      method: 'DELETE',
      path: `${CLUSTER}/slaves`,
      access: 'user',
      failure: LOGKIT_CODES.clusterSlavesDelete,
      answer: async (call) => slaves.remove(selectorIn(call)),
    },
    {
      method: 'POST',
      path: `${CLUSTER}/slaves/tag`,
      access: 'user',
      failure: LOGKIT_CODES.clusterSlavesTag,
      answer: (call) =>
        commands.run(
          {
            operation: 'tag',
            words: 'change tag',
            method: 'POST',
            path: '/logkit/cluster/tag',
            body: call.body,
          },
          aimOf(call),
          call.signal,
        ),
    },
  ];
}

function queryRoutes({ queries }: ClusterRoutesDeps): Route[] {
  const read = (
    path: string,
    failure: string,
    ask: (selector: Selector, call: Call) => Promise<unknown>,
  ): Route => ({
    method: 'GET',
    path: `${CLUSTER}/${path}`,
    access: 'user',
    failure,
    answer: async (call) => ask(selectorIn(call), call),
  });
  const config = async (selector: Selector, call: Call) =>
    queries.config(runnerNameIn(call), selector, call.signal);

  return [
    read('status', LOGKIT_CODES.clusterStatus, (s, { signal }) => queries.status(s, signal)),
    read('runners', LOGKIT_CODES.clusterSlaves, (s, { signal }) => queries.runners(s, signal)),
    read('configs', LOGKIT_CODES.clusterConfigs, (s, { signal }) => queries.configs(s, signal)),
    read('configs/:name', LOGKIT_CODES.clusterConfig, config),
    // The original's documentation spells it so, its program does not.
    read('config/:name', LOGKIT_CODES.clusterConfig, config),
  ];
}

function switchedOff(route: Route): Route {
  return {
    ...route,
    answer: () => Promise.reject(new AppError('conflict', 'cluster function not configed')),
  };
}

function toWire({ url, tag, status, lastTouchMs }: SlaveView) {
  return { url, tag, status, last_touch: new Date(lastTouchMs).toISOString() };
}
