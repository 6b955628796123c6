import { z } from 'zod';
import { ENVIRONMENTS, type InstanceCheck } from './instance-record.ts';
import { readStatus, STATUS_WORDS } from './instance-status.ts';
import { readServiceAddress } from './service-address.ts';

const NAME_MAX = 128;
const ID_MAX = 200;
const ADDRESS_MAX = 300;
const WEIGHT = { default: 100, most: 1_000 } as const;
const METADATA_MAX = { entries: 64, key: 128, value: 1_024, characters: 8_192 } as const;
const CHECK_MS = { least: 1_000, most: 3_600_000 } as const;
const CHECK_COUNT_MAX = 100;
/** What a client of the original sends for a time that it does not know. */
const NO_TIME = /^0001-01-01T00:00:00(?:\.0+)?Z$/;

const NAME = /^[\w.-]+$/;
const ID = /^[\w.:@-]+$/;

/** Names and IDs become parts of keys and of paths. */
export const ServiceName = word(NAME, NAME_MAX, 'letters, digits and . _ -');
export const InstanceId = word(ID, ID_MAX, 'letters, digits and . _ - : @');

/** The same as `InstanceId`, for calls of which there are very many. */
export function isInstanceId(text: string): boolean {
  return text.length <= ID_MAX && ID.test(text) && !isElsewhere(text);
}

const Address = z
  .string()
  .max(ADDRESS_MAX)
  .refine((text) => readServiceAddress(text) !== null, {
    error: ({ input }) => `${quoted(input)} is no address; write host:port or [v6]:port`,
  });

const Status = z
  .string()
  .meta({ enum: STATUS_WORDS })
  .transform((text, check) => {
    const read = readStatus(text);
    if (read !== null) return read;
    check.addIssue(`${quoted(text)} is no status; write one of ${STATUS_WORDS.join(', ')}`);
    return z.NEVER;
  });

const Env = z.enum(ENVIRONMENTS, {
  error: ({ input }) =>
    `${quoted(input)} is no environment; write one of ${ENVIRONMENTS.join(', ')}`,
});

const Metadata = z
  .record(z.string().min(1).max(METADATA_MAX.key), z.string().max(METADATA_MAX.value))
  .refine((metadata) => Object.keys(metadata).length <= METADATA_MAX.entries, {
    error: `has more than ${METADATA_MAX.entries} entries`,
  })
  .refine((metadata) => charactersOf(metadata) <= METADATA_MAX.characters, {
    error: `has more than ${METADATA_MAX.characters} characters`,
  });

const Check = z
  .strictObject({
    type: z.enum(['http', 'tcp']),
    path: z
      .string()
      .max(1_024)
      .regex(/^\/[\x21-\x7e]*$/)
      .default('/health'),
    interval_ms: z.number().int().min(CHECK_MS.least).max(CHECK_MS.most).default(10_000),
    timeout_ms: z.number().int().min(10).max(60_000).default(2_000),
    failures: z.number().int().min(1).max(CHECK_COUNT_MAX).default(3),
    successes: z.number().int().min(1).max(CHECK_COUNT_MAX).default(1),
  })
  .transform(
    ({ type, path, interval_ms, timeout_ms, failures, successes }): InstanceCheck => ({
      ...{ type, path, failures, successes },
      ...{ intervalMs: interval_ms, timeoutMs: timeout_ms },
    }),
  );

/**
 * What a service says of an instance when it registers it. Only `name` and `address` are needed;
 * the zero time, '' and null mean the default as they do in the original.
 */
export const Registration = z.object({
  /** Absent: derived from name, environment and address. */
  id: orBlank(InstanceId.optional()),
  name: ServiceName,
  address: Address,
  protocol: orBlank(word(/^[\w.+-]+$/, 32, 'letters, digits and . + _ -').default('http')),
  env: orBlank(Env.default('all')),
  zone: orBlank(word(NAME, NAME_MAX, 'letters, digits and . _ -').optional()),
  metadata: orBlank(Metadata.default({})),
  /** 0: it gets no calls of those who go by weights. */
  weight: orBlank(z.number().int().min(0).max(WEIGHT.most).default(WEIGHT.default)),
  status: orBlank(Status.default({ status: 'up', words: 'active' })),
  /** When the process of the instance was started. */
  start_time: z.preprocess(
    (given) => (typeof given === 'string' && NO_TIME.test(given) ? undefined : given),
    orBlank(
      z.iso
        .datetime({ offset: true })
        .transform((text) => Date.parse(text))
        .optional(),
    ),
  ),
  check: orBlank(Check.optional()),
});
export type Registration = z.output<typeof Registration>;
/** As a program writes it. */
export type RegistrationInput = z.input<typeof Registration>;

function word(pattern: RegExp, most: number, allowed: string) {
  return z
    .string()
    .min(1, { error: 'is empty', abort: true })
    .max(most, `is longer than ${most} characters`)
    .regex(pattern, {
      error: ({ input }) => `${quoted(input)} may have only ${allowed}`,
    })
    .refine((text) => !isElsewhere(text), { error: 'is no name' });
}

/** As a part of a path it would lead there. */
function isElsewhere(text: string): boolean {
  return text === '.' || text === '..';
}

function orBlank<T extends z.ZodType>(schema: T) {
  return z.preprocess((given) => (given === '' || given === null ? undefined : given), schema);
}

function charactersOf(metadata: Readonly<Record<string, string>>): number {
  return Object.entries(metadata).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}

function quoted(input: unknown): string {
  return typeof input === 'string' ? JSON.stringify(input.slice(0, 80)) : typeof input;
}
