import { readFileSync } from 'node:fs';
import { HttpRecorder, type Recorded } from './http-recorder.ts';
import type { PrivateCa } from './private-ca.ts';

interface RecordedPod {
  readonly namespace: string;
  readonly name: string;
  readonly node?: string;
  readonly [more: string]: unknown;
}

const POD = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/?]+)$/;

/**
 * A recorded protocol server: what the API of Kubernetes answers to questions about pods, written
 * down. It speaks https, wants a token, and fails as it is told to.
 */
export class RecordedKubernetes {
  readonly pods: RecordedPod[] = [];
  token = 't1';
  /** What it says instead of looking at a request at all. */
  status = 200;
  /** What each answer waits for. */
  gate: Promise<void> = Promise.resolve();
  #server: HttpRecorder | null = null;

  static async open({ cert, key }: Pick<PrivateCa, 'cert' | 'key'>): Promise<RecordedKubernetes> {
    const kubernetes = new RecordedKubernetes();
    kubernetes.#server = await HttpRecorder.open((request) => kubernetes.#answer(request), {
      ...{ cert: readFileSync(cert), key: readFileSync(key) },
    });
    return kubernetes;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  /** What it was asked, by path. */
  get asked(): readonly string[] {
    return (this.#server?.received ?? []).map(({ url }) => decodeURIComponent(url));
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  async #answer({ url, headers }: Recorded) {
    await this.gate;
    if (this.status !== 200) return statusAnswer(this.status, 'no');
    if (headers.authorization !== `Bearer ${this.token}`) return statusAnswer(401, 'Unauthorized');
    const { pathname, searchParams } = new URL(url, this.url);
    if (pathname === '/api/v1/pods') return this.#list(searchParams.get('fieldSelector') ?? '');
    const [, namespace = '', name = ''] = POD.exec(pathname) ?? [];
    const pod = this.pods.find((one) => one.namespace === namespace && one.name === name);
    if (pod === undefined) return statusAnswer(404, `pods "${name}" not found`);
    return json(200, { kind: 'Pod', apiVersion: 'v1', ...bodyOf(pod) });
  }

  #list(selector: string) {
    const node = selector.replace(/^spec\.nodeName=/, '');
    const items = this.pods.filter((pod) => pod.node === node).map(bodyOf);
    return json(200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items });
  }
}

function bodyOf({ namespace, name, node, ...metadata }: RecordedPod) {
  return {
    metadata: { namespace, name, ...metadata },
    spec: { containers: [{ name: 'c' }], nodeName: node },
    status: { phase: 'Running' },
  };
}

function statusAnswer(code: number, message: string) {
  return json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code });
}

function json(status: number, body: object) {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}
