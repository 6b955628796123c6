import { describe, expect, it } from 'vitest';
import { StoreConfig } from '../../config/store-config.ts';
import { PartitionPlace } from './open-partition-store.ts';
import { placeOf } from './store-of-config.ts';

describe('the place that the main configuration names', () => {
  it.each([
    { store: {}, place: null },
    { store: { type: 'sqlite' }, place: { type: 'sqlite', path: '/data/partitions.db' } },
    { store: { type: 'sqlite', path: '/p.db' }, place: { type: 'sqlite', path: '/p.db' } },
    { store: { type: 'redis', url: 'redis://h' }, place: { type: 'redis', url: 'redis://h' } },
    {
      store: { type: 'redis', url: 'rediss://h', prefix: 'p', tls: { insecure: true } },
      place: { type: 'redis', url: 'rediss://h', prefix: 'p', tls: { isVerified: false } },
    },
    {
      store: { type: 'etcd', url: 'https://me:p%40ss@a:2379,b:2379', tls: { ca: '/ca.pem' } },
      texts: { ca: 'PEM' },
      place: {
        ...{ type: 'etcd', url: 'https://a:2379,b:2379', user: 'me', password: 'p@ss' },
        tls: { ca: 'PEM', isVerified: true },
      },
    },
    {
      store: { type: 'redis', url: 'rediss://h', tls: { cert: '/c.pem', key: '/k.pem' } },
      texts: { cert: 'CERT', key: 'KEY' },
      place: {
        ...{ type: 'redis', url: 'rediss://h' },
        tls: { cert: 'CERT', key: 'KEY', isVerified: true },
      },
    },
    { store: { type: 'etcd', url: 'http://a' }, place: { type: 'etcd', url: 'http://a' } },
  ])('is $place', ({ store, texts = {}, place }) => {
    const tls = { ca: '', cert: '', key: '', ...texts };
    const found = placeOf(StoreConfig.parse(store), { dataDir: '/data', tls });

    expect(found).toEqual(place);
    expect(found === null || PartitionPlace.safeParse(found).success).toBe(true);
  });
});
