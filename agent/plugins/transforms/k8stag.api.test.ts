import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { makePrivateCa, type PrivateCa } from '../../../test/support/private-ca.ts';
import { RecordedKubernetes } from '../../../test/support/recorded-kubernetes.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import type { PluginContext, Transform } from '../plugin.ts';
import { k8sTagTransform } from './k8stag.ts';

const UID = '0f3c5a1e-9c1b-4a53-8a80-2c6a3e7d9b10';
const PATH = '/var/log/containers/web-7d4_shop_nginx-0a1b2c.log';
const WEB = { namespace: 'shop', name: 'web-7d4', node: 'n1', uid: UID };
const TAGS = {
  ...{ k8s_pod_name: 'web-7d4', k8s_namespace: 'shop' },
  ...{ k8s_container_name: 'nginx', k8s_container_id: '0a1b2c' },
};

let dir: string;
let pem: PrivateCa;
let api: RecordedKubernetes;
let clock: FakeClock;
let opened: Transform[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'k8s-'));
  pem = makePrivateCa(dir);
});

beforeEach(async () => {
  await writeFile(join(dir, 'token'), 't1\n');
  api = await RecordedKubernetes.open(pem);
  clock = new FakeClock();
  opened = [];
});

afterEach(async () => {
  for (const transform of opened) transform.close?.();
  await api.close();
});

afterAll(() => rm(dir, { recursive: true }));

function configured(options: Record<string, unknown> = {}) {
  return k8sTagTransform.configure({
    ...{ sourcefilefield: 'path', add_labels: '*' },
    ...{ api_url: api.url, api_bearer_file: join(dir, 'token'), api_ca_file: pem.ca, ...options },
  });
}

function open(options: Record<string, unknown> = {}, given: Partial<PluginContext> = {}) {
  const transform = configured(options).open(pluginContext({ clock, ...given }));
  opened.push(transform);
  return transform;
}

/** What becomes of a record of this path, once its batch need not be waited for any more. */
async function tagged(transform: Transform, path = PATH) {
  await transform.expect?.({ origin: path });
  const { records, errors, lastError } = transform.apply([{ path }]);
  return { record: records[0], errors, lastError };
}

describe('k8stag with the API of Kubernetes', () => {
  it('adds labels, annotations, node and owner to the first line of a pod', async () => {
    api.pods.push({
      ...WEB,
      labels: { app: 'web', 'app.kubernetes.io/version': '1', secret: 'x' },
      annotations: { team: 'infra', 'kubectl.kubernetes.io/last-applied': '{}' },
      ownerReferences: [
        { kind: 'Other', name: 'o' },
        { kind: 'ReplicaSet', name: 'web-7d', controller: true },
      ],
    });
    const transform = open({
      ...{ add_labels: 'app,app.kubernetes.io/version', add_annotations: 'team,nothing' },
      ...{ add_node: true, add_owner: 'true' },
    });

    expect(await tagged(transform)).toEqual({
      record: {
        ...{ path: PATH, ...TAGS, k8s_node_name: 'n1' },
        ...{ k8s_owner_kind: 'ReplicaSet', k8s_owner_name: 'web-7d' },
        k8s_labels: { app: 'web', 'app_kubernetes_io/version': '1' },
        k8s_annotations: { team: 'infra' },
      },
      ...{ errors: 0, lastError: '' },
    });
    expect(api.asked).toEqual(['/api/v1/namespaces/shop/pods/web-7d4']);
  });

  it('asks once, whatever records there are, and gives each labels of its own', async () => {
    api.pods.push({ ...WEB, labels: { 'a.b': 'c' } });
    const transform = open({ keep_dots: true });
    await transform.expect?.({ origin: PATH });
    const { records } = transform.apply([{ path: PATH }, { path: PATH }]);
    Object.assign(records[0]?.['k8s_labels'] ?? {}, { x: 'y' });

    expect(records[1]?.['k8s_labels']).toEqual({ 'a.b': 'c' });
    expect(await tagged(transform)).toMatchObject({ record: { k8s_labels: { 'a.b': 'c' } } });
    expect(api.asked).toHaveLength(1);
  });

  it('fetches the pods of its node together, and again', async () => {
    api.pods.push({ ...WEB, labels: { app: 'web' } }, { ...WEB, name: 'x', node: 'n2' });
    const transform = open({}, { env: { NODE_NAME: 'n1' } });
    expect(await tagged(transform)).toMatchObject({ record: { k8s_labels: { app: 'web' } } });
    expect(api.asked).toEqual(['/api/v1/pods?fieldSelector=spec.nodeName=n1&resourceVersion=0']);

    api.pods[0] = { ...WEB, labels: { app: 'renamed' } };
    clock.advance(30_000);
    await waitFor('the new label', async () => {
      const { record } = await tagged(transform);
      return JSON.stringify(record).includes('renamed');
    });
  });

  it('remembers a pod that is gone, and forgets in time that there was none', async () => {
    const late = '/var/log/containers/late_shop_c-0.log';
    api.pods.push({ ...WEB, labels: { app: 'web' } });
    const transform = open();
    await tagged(transform);
    expect(await tagged(transform, late)).toMatchObject({
      ...{ errors: 1, lastError: 'the Kubernetes API knows no pod shop/late' },
    });
    await tagged(transform, late);
    expect(api.asked).toHaveLength(2);

    api.pods.splice(0, 1, { ...WEB, name: 'late', labels: { app: 'late' } });
    clock.advance(600_000);
    await waitFor('the late pod', async () => (await tagged(transform, late)).errors === 0);
    expect(await tagged(transform)).toMatchObject({ record: { k8s_labels: { app: 'web' } } });
    await waitFor('the look at the pod that is gone', () => api.asked.length === 4);
    expect(await tagged(transform)).toMatchObject({ record: { k8s_labels: { app: 'web' } } });
  });

  it('reads the token anew each time, since it is replaced', async () => {
    api.pods.push({ ...WEB }, { ...WEB, name: 'b' });
    const transform = open();
    await tagged(transform);

    api.token = 't2';
    await writeFile(join(dir, 'token'), 't2');
    const path = '/var/log/containers/b_shop_c-0.log';
    expect(await tagged(transform, path)).toMatchObject({ errors: 0 });
  });

  it('takes the authorities that are there when they are replaced', async () => {
    const other = await mkdtemp(join(tmpdir(), 'k8s-'));
    const { ca } = makePrivateCa(other);
    const file = join(other, 'now.pem');
    await copyFile(ca, file);
    api.pods.push({ ...WEB, labels: { app: 'web' } });
    const transform = open({ api_ca_file: file });
    expect((await tagged(transform)).lastError).toMatch(/not known yet: .* away: .*certificate/);

    await copyFile(pem.ca, file);
    clock.advance(30_000);
    expect(await tagged(transform)).toMatchObject({ errors: 0 });
    await rm(other, { recursive: true });
  });

  it('does not take a pod for another that had its name', async () => {
    api.pods.push({ ...WEB, labels: { app: 'web' } });
    const transform = open();
    const at = (uid: string) => `/var/log/pods/shop_web-7d4_${uid}/nginx/0.log`;

    expect(await tagged(transform, at(UID))).toMatchObject({ errors: 0 });
    const other = await tagged(transform, at('1'.repeat(32)));
    expect(other.lastError).toContain('is another than that with uid 1111');
    expect(other.record).not.toHaveProperty('k8s_labels');
  });

  it('knows a static pod by the uid that its path has', async () => {
    const hash = 'a'.repeat(32);
    const annotations = { 'kubernetes.io/config.hash': hash };
    api.pods.push({ ...WEB, annotations, labels: { tier: 'control-plane' } });

    const path = `/var/log/pods/shop_web-7d4_${hash}/nginx/0.log`;
    expect(await tagged(open(), path)).toMatchObject({
      record: { k8s_labels: { tier: 'control-plane' } },
    });
  });

  it('remembers no more pods than it may', async () => {
    for (const name of ['a', 'b', 'c']) api.pods.push({ ...WEB, name });
    const transform = open({ cache_size: 2 });
    for (const name of ['a', 'b', 'c', 'a']) {
      await tagged(transform, `/var/log/containers/${name}_shop_c-0.log`);
    }

    expect(api.asked).toHaveLength(4);
  });
});

describe('k8stag when the API of Kubernetes is away', () => {
  it('lets records go on without, says why, and asks again in time', async () => {
    api.status = 503;
    api.pods.push({ ...WEB, labels: { app: 'web' } });
    const transform = open();
    const without = await tagged(transform);
    expect(without.record).toEqual({ path: PATH, ...TAGS });
    expect(without.lastError).toContain('it answers 503 to GET /api/v1/namespaces/shop/pods');
    await tagged(transform);
    expect(api.asked).toHaveLength(1);

    api.status = 200;
    clock.advance(1_000);
    expect(await tagged(transform)).toMatchObject({ record: { k8s_labels: { app: 'web' } } });
  });

  it('waits for an answer for so long only, and then for none for a while', async () => {
    const answer = Promise.withResolvers<undefined>();
    api.gate = answer.promise;
    api.pods.push({ ...WEB, labels: { app: 'web' } });
    const transform = open({ wait: '500ms' });
    const waiting = transform.expect?.({ origin: PATH });
    await waitFor('the question', () => api.asked.length === 1);
    clock.advance(500);
    await waiting;

    expect(transform.apply([{ path: PATH }])).toMatchObject({ errors: 1 });
    expect(transform.expect?.({ origin: '/var/log/containers/b_shop_c-0.log' })).toBeNull();
    answer.resolve(undefined);
    await waitFor('the labels', async () => (await tagged(transform)).errors === 0);
  });

  it('asks for a few pods at once only', async () => {
    const answer = Promise.withResolvers<undefined>();
    api.gate = answer.promise;
    const paths = Array.from({ length: 20 }, (_, n) => `/var/log/containers/p${n}_shop_c-0.log`);
    const transform = open();
    transform.apply(paths.map((path) => ({ path })));
    await waitFor('the questions', () => api.asked.length === 8);
    answer.resolve(undefined);
    await waitFor('an answer', async () => {
      const { lastError } = transform.apply([{ path: paths[0] }]);
      return lastError.includes('knows no pod');
    });

    expect(api.asked).toHaveLength(8);
  });

  it.each([
    { options: { api_bearer_file: '/nowhere/token' }, why: 'cannot read /nowhere/token' },
    { options: { api_ca_file: '/nowhere/ca.crt' }, why: 'cannot read /nowhere/ca.crt' },
  ])('says so when it cannot ask: $why', async ({ options, why }) => {
    expect((await tagged(open(options))).lastError).toContain(why);
  });
});

describe('k8stag in or outside a cluster', () => {
  it('asks the API of its own cluster', async () => {
    const { hostname, port } = new URL(api.url);
    api.pods.push({ ...WEB, labels: { app: 'web' } });
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };

    expect(await tagged(open({ api_url: '' }, { env }))).toMatchObject({ errors: 0 });
  });

  it('says what is missing where there is none', () => {
    expect(() => open({ api_url: '' })).toThrow('runs in no cluster; set api_url');
  });

  it.each([
    { options: { api_url: 'h:1' }, why: 'api_url: must be a URL such as' },
    { options: { wait: '1m' }, why: 'wait: must be from 0 ms to 10000 ms' },
    { options: { refresh: 'soon' }, why: 'refresh: must be a duration' },
  ])('refuses options that are wrong: $why', ({ options, why }) => {
    expect(() => configured(options)).toThrow(why);
  });

  it('reads the files of its account only when it asks', () => {
    expect(configured().readPaths()).toEqual([join(dir, 'token'), pem.ca]);
    expect(configured({ add_labels: '' }).readPaths()).toEqual([]);
  });
});
