import type { LogRecord } from '../../plugin.ts';

/** `/var/log/containers/<pod>_<namespace>_<container>-<id>.log` */
const CONTAINER_FILE = /^([^_]+)_([^_]+)_(.+)-([^-]+?)(?:\.log)?$/;
/** `/var/log/pods/<namespace>_<pod>_<uid>/<container>/<number>.log` */
const POD_FILE = /\/([^/_]+)_([^/_]+)_([0-9a-f-]{32,})\/([^/]+)\/\d+\.log[^/]*$/;

/** What the path of a container's log tells. */
export interface ContainerPath {
  readonly namespace: string;
  readonly pod: string;
  /** Null: the path does not tell. */
  readonly uid: string | null;
  /** The fields of it. */
  readonly tags: LogRecord;
}

/** Null: it is no path that Kubernetes gives. */
export function readContainerPath(path: string): ContainerPath | null {
  const inFolder = POD_FILE.exec(path);
  return inFolder === null ? readName(path.slice(path.lastIndexOf('/') + 1)) : ofPod(inFolder);
}

function ofPod([, namespace = '', pod = '', uid = '', container = '']: RegExpExecArray) {
  const tags = { ...named(pod, namespace, container), k8s_pod_uid: uid };
  return { namespace, pod, uid, tags };
}

function readName(name: string): ContainerPath | null {
  const file = CONTAINER_FILE.exec(name);
  if (file === null) return null;
  const [, pod = '', namespace = '', container = '', id = ''] = file;
  const tags = { ...named(pod, namespace, container), k8s_container_id: id };
  return { namespace, pod, uid: null, tags };
}

function named(pod: string, namespace: string, container: string): LogRecord {
  return { k8s_pod_name: pod, k8s_namespace: namespace, k8s_container_name: container };
}
