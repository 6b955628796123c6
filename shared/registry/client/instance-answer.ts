import { z } from 'zod';
import { ServiceInstance } from '../service-instance.ts';

/** What the original writes for a time that there is none of. */
const NO_TIME = '0001-01-01T00:00:00Z';

const Override = z.object({
  status: z.enum(['maintenance', 'offline']),
  ...{ reason: z.string(), actor: z.string(), since: z.string() },
  until: z.string().exactOptional(),
});

/** An instance as a registry answers it; of the original's some fields are missing. */
export const InstanceAnswer = z
  .object({
    ...{ id: z.string(), name: z.string(), address: z.string(), protocol: z.string() },
    env: z.string().default('all'),
    zone: z.string().exactOptional(),
    ...{ register_time: z.string(), start_time: z.string() },
    offline_time: z.string().default(NO_TIME),
    last_renew_time: z.string().optional(),
    metadata: z.record(z.string(), z.string()).exactOptional(),
    weight: z.number(),
    status: z.string(),
    incarnation: z.number().default(1),
    revision: z.number().default(0),
    override: Override.exactOptional(),
  })
  .transform(
    ({ last_renew_time, ...fields }) =>
      new ServiceInstance({ ...fields, last_renew_time: last_renew_time ?? fields.register_time }),
  );

export const InstancesAnswer = z
  .array(InstanceAnswer)
  .nullable()
  .transform((instances) => instances ?? []);

export const NamesAnswer = z
  .array(z.string())
  .nullable()
  .transform((names) => names ?? []);

export const WatchAnswer = z
  .object({
    revision: z.number(),
    snapshot: z.boolean(),
    instances: InstancesAnswer,
    removed: NamesAnswer,
  })
  .transform(({ snapshot, ...update }) => ({ ...update, isSnapshot: snapshot }));
