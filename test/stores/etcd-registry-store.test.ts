import { setTimeout as delay } from 'node:timers/promises';
import { openEtcdRegistryStore } from '../../shared/stores/registry/etcd/etcd-registry-store.ts';
import { EtcdServer } from '../support/etcd-server.ts';
import { describeRegistryStore } from './describe-registry-store.ts';

/** The shortest lease of etcd is two seconds. */
const SHORT_MS = 1_000;

describeRegistryStore('in etcd', async () => {
  const etcd = await EtcdServer.start();
  return {
    open: (prefix) => openEtcdRegistryStore({ hosts: [etcd.host], prefix }),
    pass: (ms) => delay(ms),
    shortMs: SHORT_MS,
    isOverdueOrdered: false,
    [Symbol.asyncDispose]: () => etcd.stop(),
  };
});
