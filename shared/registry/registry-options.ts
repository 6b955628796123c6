import { z } from 'zod';
import { readAs } from './read-as.ts';

const DAY_MS = 86_400_000;
/** Of instances that need not renew: as good as for ever. */
const ENDLESS_MS = 3_650 * DAY_MS;

/** When many leases end at once it is more likely that renewals do not arrive than that all are gone. */
const Protection = z.strictObject({
  /** Nothing expires while more than this share of all leases has ended; 1: off. */
  share: z.number().min(0).max(1).default(0.3),
  /** With so few ended ones it does not apply. */
  leastInstances: z.number().int().min(0).default(10),
  /** After so long they expire all the same. */
  mostMs: z
    .number()
    .int()
    .min(0)
    .default(15 * 60_000),
  /** Of all leases so many may expire in one run, and at least one. */
  shareOfRun: z.number().gt(0).max(1).default(0.15),
});
export type Protection = z.output<typeof Protection>;

/** The options of a registry. Times are in the unit that their names say. */
export const RegistryOptions = z
  .strictObject({
    prefix: z.string().min(1, 'prefix cannot be empty').default('/aio/registry'),
    leaseTtlSeconds: z.number().positive('lease TTL must be positive').max(86_400).default(30),
    /** Whether instances must renew; false: they stay until they are taken away. */
    keepAlive: z.boolean().default(true),
    renewIntervalMs: z.number().positive('renew interval must be positive').default(10_000),
    retryTimes: z.number().int().min(0, 'retry times cannot be negative').max(100).default(3),
    retryDelayMs: z.number().min(0, 'retry delay cannot be negative').max(60_000).default(1_000),
    /** Instances that have been offline so long are removed; 0: never. */
    retentionMs: z.number().int().min(0).default(0),
    protection: Protection.prefault({}),
  })
  .refine((options) => options.renewIntervalMs < options.leaseTtlSeconds * 1_000, {
    error: 'renew interval must be less than lease TTL',
  });
export type RegistryOptions = z.output<typeof RegistryOptions>;
export type RegistryOptionsInput = z.input<typeof RegistryOptions>;

/** @throws RegistryError `INVALID_CONFIG` that says which option is wrong. */
export function readRegistryOptions(given: RegistryOptionsInput): RegistryOptions {
  return readAs(RegistryOptions, given, 'INVALID_CONFIG');
}

export function leaseMsOf({ keepAlive, leaseTtlSeconds }: RegistryOptions): number {
  return keepAlive ? leaseTtlSeconds * 1_000 : ENDLESS_MS;
}
