import type { z } from 'zod';
import { Registration } from '../../domain/registration.ts';
import type { Route } from '../../http/route.ts';
import { OverrideRequest } from '../override-request.ts';
import * as wire from './wire-schemas.ts';

/** One call of the HTTP API: what its row and its description are made of. */
export interface Operation {
  readonly method: Route['method'];
  readonly path: string;
  readonly access: 'open' | 'token' | 'admin';
  readonly hot?: boolean;
  readonly summary: string;
  /** What the message begins with when the registry cannot do it. */
  readonly failed: string;
  /** What it begins with when there is no such instance. Absent: the same. */
  readonly unknown?: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Of the answer's `data`. A text: exactly that one. */
  readonly data: z.ZodType | string;
}

const SERVICES = '/registry/services';
const ONE = `${SERVICES}/:serviceID`;
const UNKNOWN = '服务实例不存在';

/** The whole API, in the order of its description. */
export const OPERATIONS = {
  register: {
    ...{ method: 'POST', path: SERVICES, access: 'token' },
    summary: 'Registers an instance, for the first time or again.',
    failed: '注册服务失败',
    ...{ body: Registration, data: wire.InstanceData },
  },
  unregister: {
    ...{ method: 'DELETE', path: ONE, access: 'token' },
    summary: 'Removes an instance for good.',
    ...{ failed: '注销服务失败', unknown: UNKNOWN, data: '服务注销成功' },
  },
  renew: {
    ...{ method: 'PUT', path: `${ONE}/renew`, access: 'token', hot: true },
    summary: 'Renews the lease of an instance.',
    ...{ failed: '续约服务失败', data: '服务续约成功' },
  },
  renewAll: {
    ...{ method: 'PUT', path: '/registry/renew', access: 'token', hot: true },
    summary: 'Renews the leases of many instances.',
    ...{ failed: '续约服务失败', body: wire.RenewBody, data: wire.RenewData },
  },
  offline: {
    ...{ method: 'PUT', path: `${ONE}/offline`, access: 'token' },
    summary: 'Takes an instance offline, and keeps it; only a registration brings it back.',
    ...{ failed: '下线服务失败', unknown: UNKNOWN, data: wire.OfflineData },
  },
  get: {
    ...{ method: 'GET', path: ONE, access: 'token' },
    summary: 'One instance.',
    ...{ failed: '获取服务实例失败', data: wire.InstanceData },
  },
  services: {
    ...{ method: 'GET', path: SERVICES, access: 'token' },
    summary: 'The names of all services, in their order.',
    ...{ failed: '获取服务列表失败', data: wire.ServiceNames },
  },
  discover: {
    ...{ method: 'GET', path: '/registry/discovery/:serviceName', access: 'token' },
    summary: 'The instances of a service that get calls, or those that are asked for.',
    ...{ failed: '发现服务失败', query: wire.DiscoveryQuery, data: wire.InstanceList },
  },
  watch: {
    ...{ method: 'GET', path: '/registry/watch/:serviceName', access: 'token' },
    summary:
      'Follows a service: server-sent events `snapshot` and `change`, or with `wait` one answer.',
    ...{ failed: '监听服务失败', query: wire.WatchQuery, data: wire.WatchData },
  },
  health: {
    ...{ method: 'GET', path: `${ONE}/health`, access: 'token' },
    summary: 'How an instance is, and since when.',
    ...{ failed: '获取服务实例失败', data: wire.HealthData },
  },
  history: {
    ...{ method: 'GET', path: `${ONE}/history`, access: 'token' },
    summary: 'What happened to an instance, the latest first.',
    ...{ failed: '获取服务历史失败', data: wire.HistoryData },
  },
  stats: {
    ...{ method: 'GET', path: '/registry/stats', access: 'token' },
    summary: 'Figures of all services.',
    ...{ failed: '获取统计信息失败', data: wire.StatsData },
  },
  serviceStats: {
    ...{ method: 'GET', path: `${SERVICES}/:serviceName/stats`, access: 'token' },
    summary: 'Figures of one service, and its instances.',
    ...{ failed: '获取统计信息失败', data: wire.ServiceStatsData },
  },
  override: {
    ...{ method: 'PUT', path: `${ONE}/override`, access: 'admin' },
    summary: 'Holds an instance out, whatever it says of itself.',
    ...{ failed: '设置服务状态失败', unknown: UNKNOWN },
    ...{ body: OverrideRequest, data: wire.InstanceData },
  },
  endOverride: {
    ...{ method: 'DELETE', path: `${ONE}/override`, access: 'admin' },
    summary: 'Lets an instance be what it says of itself again.',
    ...{ failed: '设置服务状态失败', unknown: UNKNOWN, data: wire.InstanceData },
  },
  all: {
    ...{ method: 'GET', path: '/registry/admin/all', access: 'admin' },
    summary: 'All instances of all services, by service.',
    ...{ failed: '获取所有服务失败', data: wire.AllData },
  },
  removeAll: {
    ...{ method: 'DELETE', path: '/registry/admin/services/:serviceName', access: 'admin' },
    summary: 'Removes all instances of a service for good.',
    ...{ failed: '删除服务失败', data: wire.RemovalData },
  },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

export function operationNames(): readonly OperationName[] {
  return Object.keys(OPERATIONS).filter((name) => isOperation(name));
}

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}
