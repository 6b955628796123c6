import { AppError } from '../../../shared/kernel/errors.ts';
import { changeEach } from '../../records/change-each.ts';
import { defineTransform } from '../define.ts';
import type { LogRecord, PluginContext } from '../plugin.ts';
import { type ContainerPath, readContainerPath } from './k8stag/container-path.ts';
import { KubeApi } from './k8stag/kube-api.ts';
import { asksTheApi, K8sTagOptions } from './k8stag/options.ts';
import { addFacts, factsOf } from './k8stag/pod.ts';
import { PodDirectory } from './k8stag/pod-directory.ts';

/**
 * Adds pod, namespace and container, which Kubernetes puts into the paths of its log files, and what
 * else is asked for of the pod. No record is lost or kept waiting for long when the API is away: it
 * goes on without, and counts as an error.
 */
export const k8sTagTransform = defineTransform({
  type: 'k8stag',
  usage:
    'Adds pod, namespace and container, from the path that Kubernetes gives a log file, and labels, annotations, node and owner of the pod from its API.',
  options: K8sTagOptions,
  readPaths: (options) => {
    const { api_bearer_file: bearer, api_ca_file: ca } = options;
    return asksTheApi(options) ? [bearer, ca].filter((path) => path !== '') : [];
  },
  open: (options, context) => {
    const { sourcefilefield: name } = options;
    const pods = asksTheApi(options) ? directoryOf(options, context) : null;
    return {
      expect: ({ origin }) => {
        const path = pods === null ? null : readContainerPath(origin);
        return path === null ? null : (pods?.arrival(path.namespace, path.pod) ?? null);
      },
      apply: (records) =>
        changeEach(records, (record) => {
          const path = Object.hasOwn(record, name) ? record[name] : undefined;
          if (path === undefined) return `transform key ${name} not exist in data`;
          if (typeof path !== 'string') return `transform key ${name} data type is not string`;
          const read = readContainerPath(path);
          if (read === null) return `${path} is no path of a container's log`;
          Object.assign(record, read.tags);
          return pods === null ? null : addPod(record, read, pods);
        }),
      close: () => pods?.close(),
    };
  },
});

/** Why nothing of it could be added, or null. */
function addPod(
  record: LogRecord,
  { namespace, pod, uid }: ContainerPath,
  pods: PodDirectory,
): string | null {
  const facts = pods.find(namespace, pod);
  if (typeof facts === 'string') return facts;
  // A pod of a set comes back under its name: what is known is of another one.
  if (uid !== null && !facts.uids.includes(uid)) {
    return `pod ${namespace}/${pod} of the Kubernetes API is another than that with uid ${uid}`;
  }
  addFacts(record, facts);
  return null;
}

function directoryOf(options: K8sTagOptions, context: PluginContext): PodDirectory {
  const { clock, random, log, env, openHttp } = context;
  const access = {
    url: options.api_url === '' ? urlInCluster(env) : options.api_url.replace(/\/+$/, ''),
    bearerFile: options.api_bearer_file,
    caFile: options.api_ca_file,
  };
  return new PodDirectory({
    api: new KubeApi(access, openHttp),
    node: options.node_name === '' ? (env['NODE_NAME'] ?? '') : options.node_name,
    ...{ refreshMs: options.refresh, ttlMs: options.cache_ttl, missingTtlMs: options.missing_ttl },
    ...{ waitMs: options.wait, podsMax: options.cache_size, clock, random, log },
    factsOf: (pod) => factsOf(pod, options),
  });
}

/** @throws AppError `invalid` where this is no pod of a cluster. */
function urlInCluster(env: PluginContext['env']): string {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (host !== '') return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  throw new AppError(
    'invalid',
    'transform k8stag: KUBERNETES_SERVICE_HOST is not set, so this agent runs in no cluster; ' +
      'set api_url',
  );
}
