import { z } from 'zod';
import { goDurationOption } from '../../../../shared/domain/go-duration.ts';
import { transformOption } from '../../../records/transform-options.ts';
import { commaList } from '../../option.ts';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const PODS_MAX = 100_000;
const WAIT_MS_MAX = 10_000;

/** Names of labels or annotations; null: all of them. */
export type Names = ReadonlySet<string> | null;

const NamesOption = transformOption.text.default('').transform((text): Names => {
  const names = commaList(text);
  return names.includes('*') ? null : new Set(names);
});

const FileOption = (path: string) => transformOption.text.default(path).meta({ advanced: true });

export const K8sTagOptions = z.object({
  sourcefilefield: z
    .string({ error: 'is required, e.g. "datasource"' })
    .min(1, 'is empty, e.g. "datasource"')
    .describe('The field that holds the path of the file, which datasource_tag of the reader adds.')
    .meta({ example: 'datasource' }),
  add_labels: NamesOption.describe(
    'Labels of the pod that are added as k8s_labels, parted by commas; "*": all. This and the next ' +
      'three are asked of the Kubernetes API.',
  ).meta({ default: '', example: 'app,app.kubernetes.io/version' }),
  add_annotations: NamesOption.describe(
    'Annotations of the pod that are added as k8s_annotations, parted by commas; "*": all.',
  ).meta({ default: '', example: 'team' }),
  add_node: transformOption.flag.describe('Adds the name of the node, as k8s_node_name.'),
  add_owner: transformOption.flag.describe(
    'Adds what the pod belongs to, such as a ReplicaSet, as k8s_owner_kind and k8s_owner_name.',
  ),
  keep_dots: transformOption.flag
    .describe(
      'Leaves dots in the names of labels and annotations; otherwise each becomes "_", since sinks ' +
        'such as Elasticsearch take a dot for a field inside another.',
    )
    .meta({ advanced: true }),
  api_url: transformOption.text
    .default('')
    .refine((text) => text === '' || /^https?:\/\/[^/?#]+/.test(text), {
      error: 'must be a URL such as "https://10.0.0.1:6443"',
    })
    .describe('The Kubernetes API; empty: that of the cluster this agent runs in.')
    .meta({ advanced: true, example: 'https://10.0.0.1:6443' }),
  api_bearer_file: FileOption(`${ACCOUNT}/token`).describe(
    'The file with the token of the service account, read anew whenever it is used; empty: none.',
  ),
  api_ca_file: FileOption(`${ACCOUNT}/ca.crt`).describe(
    "The file with the authorities that the API's certificate is checked by; empty: the system's.",
  ),
  node_name: transformOption.text
    .default('')
    .describe(
      'The pods of this node are fetched together; empty: the environment variable NODE_NAME. ' +
        'Without either, each pod is asked for when its first line is read.',
    )
    .meta({ advanced: true }),
  refresh: durationOption(30_000, { min: 1_000, max: 3_600_000 })
    .describe('How often the pods of the node are fetched again.')
    .meta({ advanced: true, default: '30s' }),
  cache_size: transformOption
    .int(2_000, { min: 1, max: PODS_MAX })
    .describe('So many pods are remembered.')
    .meta({ advanced: true }),
  cache_ttl: durationOption(600_000, { min: 1_000, max: 86_400_000 })
    .describe('A pod that is looked for longer after this is asked for again.')
    .meta({ advanced: true, default: '10m' }),
  missing_ttl: durationOption(30_000, { min: 1_000, max: 3_600_000 })
    .describe('So long a pod that the API does not know is not asked for again.')
    .meta({ advanced: true, default: '30s' }),
  wait: durationOption(1_000, { min: 0, max: WAIT_MS_MAX })
    .describe(
      'So long the first lines of a pod wait for the API; then they go on without, and nothing waits ' +
        'again for 30 s.',
    )
    .meta({ advanced: true, default: '1s' }),
});
export type K8sTagOptions = z.output<typeof K8sTagOptions>;

/** Whether anything is to be added that the path does not tell. */
export function asksTheApi(options: K8sTagOptions): boolean {
  const { add_labels: labels, add_annotations: annotations, add_node, add_owner } = options;
  return add_node || add_owner || [labels, annotations].some((names) => names?.size !== 0);
}

function durationOption(fallbackMs: number, { min, max }: { min: number; max: number }) {
  return goDurationOption(fallbackMs).refine((ms) => ms >= min && ms <= max, {
    error: `must be from ${min} ms to ${max} ms, such as "30s"`,
  });
}
