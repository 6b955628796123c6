import { z } from 'zod';
import type { LogRecord } from '../../plugin.ts';
import type { K8sTagOptions, Names } from './options.ts';

const Texts = z.record(z.string(), z.string()).default({});

/** As much of a pod as is looked at, as the API tells it. */
export const Pod = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string().default(''),
    labels: Texts,
    annotations: Texts,
    ownerReferences: z
      .array(
        z.object({ kind: z.string(), name: z.string(), controller: z.boolean().default(false) }),
      )
      .default([]),
  }),
  spec: z.object({ nodeName: z.string().default('') }).default({ nodeName: '' }),
});
export type Pod = z.output<typeof Pod>;

export const PodList = z.object({ items: z.array(Pod) });

/** Uids by which the paths of a static pod call it, which the API has under another. */
const STATIC_UIDS = ['kubernetes.io/config.hash', 'kubernetes.io/config.mirror'];

/** What is remembered of a pod. */
export interface PodFacts {
  readonly uids: readonly string[];
  readonly labels: Readonly<Record<string, string>> | null;
  readonly annotations: Readonly<Record<string, string>> | null;
  readonly tags: LogRecord;
}

/** Only what is to be added is kept: annotations may be large. */
export function factsOf({ metadata, spec }: Pod, options: K8sTagOptions): PodFacts {
  const { uid, labels, annotations, ownerReferences: owners } = metadata;
  const owner = owners.find(({ controller }) => controller) ?? owners[0];
  const chosen = (texts: Readonly<Record<string, string>>, names: Names) =>
    names?.size === 0 ? null : fieldsOf(texts, names, options.keep_dots);
  return {
    uids: [uid, ...STATIC_UIDS.flatMap((name) => annotations[name] ?? [])],
    labels: chosen(labels, options.add_labels),
    annotations: chosen(annotations, options.add_annotations),
    tags: {
      ...(options.add_node && spec.nodeName !== '' && { k8s_node_name: spec.nodeName }),
      ...(options.add_owner &&
        owner !== undefined && { k8s_owner_kind: owner.kind, k8s_owner_name: owner.name }),
    },
  };
}

/** Each record gets objects of its own: a transform behind this one may change them. */
export function addFacts(record: LogRecord, { labels, annotations, tags }: PodFacts): void {
  Object.assign(record, tags);
  if (labels !== null) record['k8s_labels'] = { ...labels };
  if (annotations !== null) record['k8s_annotations'] = { ...annotations };
}

function fieldsOf(texts: Readonly<Record<string, string>>, names: Names, keepsDots: boolean) {
  const chosen = Object.entries(texts).filter(([name]) => names === null || names.has(name));
  return Object.fromEntries(
    chosen.map(([name, value]) => [keepsDots ? name : name.replaceAll('.', '_'), value]),
  );
}
