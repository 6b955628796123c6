import { z } from 'zod';
import { changeEach } from '../../records/change-each.ts';
import { defineTransform } from '../define.ts';
import type { LogRecord } from '../plugin.ts';

/** `/var/log/containers/<pod>_<namespace>_<container>-<id>.log` */
const CONTAINER_FILE = /^([^_]+)_([^_]+)_(.+)-([^-]+?)(?:\.log)?$/;
/** `/var/log/pods/<namespace>_<pod>_<uid>/<container>/<number>.log` */
const POD_FILE = /\/([^/_]+)_([^/_]+)_([0-9a-f-]{32,})\/([^/]+)\/\d+\.log[^/]*$/;

const K8sTagOptions = z.object({
  sourcefilefield: z
    .string({ error: 'is required, e.g. "datasource"' })
    .min(1, 'is empty, e.g. "datasource"')
    .describe('The field that holds the path of the file, which datasource_tag of the reader adds.')
    .meta({ example: 'datasource' }),
});

/** Adds pod, namespace and container, which Kubernetes puts into the paths of its log files. */
export const k8sTagTransform = defineTransform({
  type: 'k8stag',
  usage: 'Adds pod, namespace and container, from the path that Kubernetes gives a log file.',
  options: K8sTagOptions,
  open: ({ sourcefilefield: name }) => ({
    apply: (records) =>
      changeEach(records, (record) => {
        const path = Object.hasOwn(record, name) ? record[name] : undefined;
        if (path === undefined) return `transform key ${name} not exist in data`;
        if (typeof path !== 'string') return `transform key ${name} data type is not string`;
        return addTags(record, path);
      }),
  }),
});

function addTags(record: LogRecord, path: string): string | null {
  const pods = POD_FILE.exec(path);
  if (pods !== null) {
    const [, namespace, pod, uid, container] = pods;
    Object.assign(record, {
      ...{ k8s_pod_name: pod, k8s_namespace: namespace, k8s_container_name: container },
      k8s_pod_uid: uid,
    });
    return null;
  }
  const file = CONTAINER_FILE.exec(path.slice(path.lastIndexOf('/') + 1));
  if (file === null) return `${path} is no path of a container's log`;
  const [, pod, namespace, container, id] = file;
  Object.assign(record, {
    ...{ k8s_pod_name: pod, k8s_namespace: namespace, k8s_container_name: container },
    k8s_container_id: id,
  });
  return null;
}
