import { setTimeout as delay } from 'node:timers/promises';
import { openEtcdPartitionStore } from '../../shared/stores/partitions/etcd/etcd-partition-store.ts';
import { EtcdServer } from '../support/etcd-server.ts';
import { describePartitionStore } from './describe-partition-store.ts';

/** The shortest lease of etcd is two seconds, and what the suite takes for one are 300 ms. */
const SLOWER = 9;

describePartitionStore('in etcd', async () => {
  const etcd = await EtcdServer.start();
  return {
    open: (namespace) => openEtcdPartitionStore({ hosts: [etcd.host], namespace }),
    pass: (ms) => delay(ms * SLOWER),
    [Symbol.asyncDispose]: () => etcd.stop(),
  };
});
