import { EtcdServer } from '../support/etcd-server.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import type { StoreServer } from './bad-day.ts';

export interface LosableServer extends StoreServer {
  /** Kills it and starts it without what it has kept. */
  restartEmpty(): Promise<void>;
  stop(): Promise<void>;
}

/** Servers that have each write on their disks before they answer, by what the store calls them. */
export const STORE_SERVERS: ReadonlyMap<string, () => Promise<LosableServer>> = new Map([
  ['redis', startRedis],
  ['etcd', startEtcd],
]);

async function startRedis(): Promise<LosableServer> {
  const redis = await RedisServerProcess.startDurable();
  return {
    port: redis.port,
    place: (port) => ({ type: 'redis', url: `redis://127.0.0.1:${port}` }),
    restart: () => redis.restart(),
    restartEmpty: () => redis.restartEmpty(),
    stop: () => redis.stop(),
  };
}

async function startEtcd(): Promise<LosableServer> {
  const etcd = await EtcdServer.start();
  return {
    port: etcd.port,
    place: (port) => ({ type: 'etcd', url: `http://127.0.0.1:${port}` }),
    restart: async () => {
      await etcd.end();
      await etcd.begin();
    },
    restartEmpty: async () => {
      await etcd.empty();
      await etcd.begin();
    },
    stop: () => etcd.stop(),
  };
}
