import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EtcdClient } from '../../shared/stores/etcd/etcd-client.ts';
import {
  openDocument,
  openPartitionStore,
} from '../../shared/stores/partitions/open-partition-store.ts';
import { openRegistryStore } from '../../shared/stores/registry/open-registry-store.ts';
import type { StorePlace } from '../../shared/stores/store-place.ts';
import { EtcdServer } from '../support/etcd-server.ts';
import { TlsFiles } from '../support/tls-files.ts';
import { change, instance } from './registry-contract/registry-bench.ts';

type EtcdPlace = Extract<StorePlace, { type: 'etcd' }>;

const closings: (() => unknown)[] = [];
let files: TlsFiles;
let ca: string;
/** Its certificate is for 127.0.0.1, and for nothing else. */
let etcd: EtcdServer;
beforeAll(async () => {
  files = await TlsFiles.make();
  ca = readFileSync(files.paths.ca, 'utf8');
  etcd = await EtcdServer.start([], files.paths);
});
afterAll(async () => {
  await etcd.stop();
  await files.remove();
});
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

function place(tls?: EtcdPlace['tls'], host = '127.0.0.1'): EtcdPlace {
  const url = `https://${host}:${etcd.port}`;
  return { type: 'etcd', url, ...(tls !== undefined && { tls }) };
}

describe('etcd behind TLS, at an IP address', () => {
  it('keeps partitions for who knows its authority', async () => {
    const store = await openPartitionStore(place({ ca, isVerified: true }), 'hash');
    closings.push(() => store.close());
    await store.create([{ id: 7, min: 1n, max: 10n, priority: 0, options: {} }]);
    expect(await store.partition(7)).toMatchObject({ id: 7, status: 'pending' });
  });

  it('keeps partitions in one document, too', async () => {
    const document = await openDocument(place({ ca, isVerified: true }), 'text');
    closings.push(() => document.close());
    expect(await document.read({ revision: 0, locks: [] })).toMatchObject({ text: '' });
  });

  it('keeps a registry', async () => {
    const store = await openRegistryStore(place({ ca, isVerified: true }));
    closings.push(() => store.close());
    await store.write([{ ...change(instance('web-1')), lease: { ttlMs: 60_000 } }]);
    expect(await store.find(['web-1'])).toMatchObject([{ record: { id: 'web-1' } }]);
    expect(await store.renew(['web-1'], 60_000)).toEqual(['renewed']);
  });

  it('is not trusted without its authority, nor by a name that its certificate does not have', async () => {
    for (const wrong of [place(), place({ ca, isVerified: true }, 'localhost')]) {
      const refused = { kind: 'unavailable', details: { reached: false } };
      await expect(openRegistryStore(wrong)).rejects.toMatchObject(refused);
      await expect(openPartitionStore(wrong, 'refused')).rejects.toMatchObject(refused);
    }
  });

  it('is trusted whatever it shows, where that is said', async () => {
    const store = await openRegistryStore(place({ isVerified: false }, 'localhost'));
    closings.push(() => store.close());
    expect(await store.services()).toEqual(expect.any(Array));
  });
});

it('etcd that asks for certificates lets in who has one', async () => {
  const { paths } = files;
  const asking = ['--client-cert-auth', '--trusted-ca-file', paths.ca];
  const strict = await EtcdServer.start(asking, paths);
  closings.push(() => strict.stop());
  const open = (tls: ConstructorParameters<typeof EtcdClient>[0]['tls'] & object) => {
    const client = new EtcdClient({ hosts: [strict.host], tls });
    closings.push(() => client.close());
    return client;
  };
  const [cert, key] = [readFileSync(paths.cert), readFileSync(paths.key)];

  expect(await open({ ca, cert, key }).grant(10)).toMatchObject({ ttlSeconds: 10 });
  const shown = { ca, cert: String(cert), key: String(key), isVerified: true };
  const strictPlace: EtcdPlace = { type: 'etcd', url: strict.host, tls: shown };
  const store = await openPartitionStore(strictPlace, 'shown');
  closings.push(() => store.close());
  expect(await store.counts()).toMatchObject({ pending: 0 });
  await expect(open({ ca }).grant(10)).rejects.toMatchObject({ kind: 'unavailable' });
});
