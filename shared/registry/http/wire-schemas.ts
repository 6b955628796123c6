import { z } from 'zod';
import { ENVIRONMENTS } from '../../domain/instance-record.ts';
import { STATUS_WORDS } from '../../domain/instance-status.ts';

const IDS_MAX = 10_000;
const ID_CHARACTERS_MAX = 200;
const PAGE_MAX = 10_000;
const METADATA_MAX = 64;

const Text = z.string();
const Count = z.int().min(0);
const Time = z.iso.datetime().meta({ description: 'RFC 3339; 0001-01-01T00:00:00Z: none.' });
const Duration = z.string().meta({ description: 'As Go writes it.', examples: ['3h25m10s'] });

export const RenewBody = z.strictObject({
  ids: z.array(z.string().max(ID_CHARACTERS_MAX)).max(IDS_MAX),
});

/** What is left out of a query, and what is empty in it, are the same. */
export const DiscoveryQuery = z.object({
  status: z
    .enum([...STATUS_WORDS, 'any'])
    .optional()
    .meta({ description: 'In either vocabulary. Absent: those that get calls. `any`: all.' }),
  protocol: Text.optional(),
  env: z
    .enum(ENVIRONMENTS)
    .optional()
    .meta({ description: 'Instances of that environment, and those that are for all.' }),
  zone: Text.optional(),
  all: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: '`true`: whatever their status, as `status=any`.' }),
  metadata: z
    .record(z.string(), z.string())
    .refine((given) => Object.keys(given).length <= METADATA_MAX, {
      error: `more than ${METADATA_MAX} entries`,
    })
    .optional()
    .meta({ description: 'Instances that have all of these: `metadata[version]=1.0.2`.' }),
  after: Text.optional().meta({ description: 'Only IDs behind this one: the last one of a page.' }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_MAX)
    .optional()
    .meta({ description: 'So many at most. Absent: all.' }),
});

export const WatchQuery = z.object({
  revision: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Only what has changed since is told. Absent: everything is, at first.' }),
  wait: Text.optional().meta({
    description: 'One answer, at the latest after so long: `30s` or `30`, at most 5 minutes.',
  }),
});

export const InstanceData = z.strictObject({
  ...{ id: Text, name: Text, address: Text, protocol: Text },
  env: z.enum(ENVIRONMENTS),
  zone: Text.optional(),
  ...{ register_time: Time, start_time: Time, offline_time: Time, last_renew_time: Time },
  metadata: z.record(z.string(), z.string()).optional(),
  weight: z.int(),
  status: z.enum(STATUS_WORDS).meta({ description: 'In the words that it was registered with.' }),
  incarnation: z.int().min(1).meta({ description: 'How often it was started.' }),
  revision: Count.meta({ description: 'Of its last change.' }),
  override: z
    .strictObject({
      status: z.enum(['maintenance', 'offline']),
      ...{ reason: Text, actor: Text, since: Time, until: Time.optional() },
    })
    .optional()
    .meta({ description: 'What an operator has said of it.' }),
});

export const InstanceList = z.array(InstanceData);

export const ServiceNames = z.array(Text);

export const OfflineData = z.strictObject({ message: Text, instance: InstanceData });

export const RenewData = z.strictObject({
  renewed: z.array(Text),
  offline: z.array(Text).meta({ description: 'Taken offline: they stay so.' }),
  unknown: z.array(Text).meta({ description: 'To be registered anew.' }),
});

export const HealthData = z.strictObject({
  ...{ service_id: Text, service_name: Text, status: Text },
  ...{ healthy: z.boolean(), online: z.boolean(), offline: z.boolean() },
  ...{ uptime: Duration, register_duration: Duration, offline_duration: Duration },
  last_check: Time,
});

const Counts = z.record(z.string(), Count);

export const StatsData = z.strictObject({
  total_services: Count,
  ...{ total_instances: Count, healthy_instances: Count, unhealthy_instances: Count },
  service_stats: Counts,
  timestamp: Time,
});

export const ServiceStatsData = z.strictObject({
  service_name: Text,
  ...{ total_instances: Count, healthy_instances: Count, unhealthy_instances: Count },
  ...{ protocols: Counts, statuses: Counts },
  instances: InstanceList,
  timestamp: Time,
});

export const AllData = z.record(z.string(), InstanceList);

export const RemovalData = z.strictObject({
  service_name: Text,
  ...{ total_instances: Count, removed_count: Count },
  errors: z.array(Text),
});

export const HistoryData = z.array(
  z.strictObject({ time: Time, event: Text, reason: Text, actor: Text }),
);

export const WatchData = z.strictObject({
  revision: Count.meta({ description: 'To go on from.' }),
  snapshot: z.boolean().meta({ description: 'True: what was known before is not true any more.' }),
  instances: InstanceList.meta({ description: 'Those that have changed; of a snapshot all.' }),
  removed: z.array(Text).meta({ description: 'IDs of those that were unregistered.' }),
});
