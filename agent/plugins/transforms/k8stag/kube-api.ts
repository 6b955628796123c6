import { readFile } from 'node:fs/promises';
import type { HttpClient } from '../../../../shared/client/http-client.ts';
import { AppError, messageOf } from '../../../../shared/kernel/errors.ts';
import type { PluginContext } from '../../plugin.ts';
import { Pod, PodList } from './pod.ts';

const TIMEOUT_MS = 10_000;
/** A node has some hundred pods, each of some ten kilobytes. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const EXCERPT_LENGTH = 200;

interface KubeAccess {
  /** Without a slash at its end. */
  readonly url: string;
  /** Paths; empty: none. */
  readonly bearerFile: string;
  readonly caFile: string;
}

/** The questions that are asked of the API of Kubernetes. All throw AppError `unavailable`. */
export class KubeApi {
  readonly #access: KubeAccess;
  readonly #openHttp: PluginContext['openHttp'];
  #client: { readonly http: HttpClient; readonly ca: string } | null = null;
  #isClosed = false;

  constructor(access: KubeAccess, openHttp: PluginContext['openHttp']) {
    this.#access = access;
    this.#openHttp = openHttp;
  }

  /** Null: there is no such pod. */
  async pod(namespace: string, name: string, signal: AbortSignal): Promise<Pod | null> {
    const [inNamespace, ofName] = [namespace, name].map(encodeURIComponent);
    const body = await this.#get(`/api/v1/namespaces/${inNamespace}/pods/${ofName}`, signal);
    return body === null ? null : checked(Pod, body);
  }

  /** As the API's own cache has them, which costs it little. */
  async podsOf(node: string, signal: AbortSignal): Promise<readonly Pod[]> {
    const query = new URLSearchParams({
      fieldSelector: `spec.nodeName=${node}`,
      resourceVersion: '0',
    });
    const body = await this.#get(`/api/v1/pods?${query.toString()}`, signal);
    return body === null ? [] : checked(PodList, body).items;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client?.http.close();
  }

  async #get(path: string, signal: AbortSignal): Promise<string | null> {
    const { url, bearerFile } = this.#access;
    const bearer = await textOf(bearerFile);
    const http = await this.#http();
    const { status, body } = await http.request({
      ...{ method: 'GET', url: `${url}${path}`, signal },
      headers: {
        accept: 'application/json',
        ...(bearer !== '' && { authorization: `Bearer ${bearer}` }),
      },
      ...{ timeoutMs: TIMEOUT_MS, answerBytesMax: ANSWER_BYTES_MAX },
    });
    if (status === 200) return body;
    if (status === 404) return null;
    const said = body.slice(0, EXCERPT_LENGTH).trim();
    throw new AppError('unavailable', `it answers ${status} to GET ${path}: ${said}`);
  }

  /** Made anew when the authorities have changed: clusters replace theirs. */
  async #http(): Promise<HttpClient> {
    const ca = await textOf(this.#access.caFile);
    if (this.#client?.ca === ca) return this.#client.http;
    if (this.#isClosed) throw new AppError('unavailable', 'it is not asked any more');
    const before = this.#client;
    this.#client = { http: this.#openHttp(ca === '' ? {} : { ca }), ca };
    // What is under way comes to its end first.
    void before?.http.close();
    return this.#client.http;
  }
}

async function textOf(path: string): Promise<string> {
  if (path === '') return '';
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new AppError('unavailable', `cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
}

function checked<T>(
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  body: string,
): T {
  try {
    const result = schema.safeParse(JSON.parse(body));
    if (result.success) return result.data;
  } catch {
    // Told below.
  }
  throw new AppError('unavailable', `it answers what is none: ${body.slice(0, EXCERPT_LENGTH)}`);
}
