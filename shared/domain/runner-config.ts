import { z } from 'zod';
import { nearest } from './nearest.ts';
import { PartitionConfig } from './partition-config.ts';

/**
 * The options of one reader, parser, cleaner or sender. The original takes and gives only strings
 * here ("4096", "true"); a typed value that a user writes becomes that string.
 */
export type PluginOptions = Readonly<Record<string, string>>;

const Options = z.record(z.string(), z.unknown()).transform((options) =>
  Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, optionText(value)]),
  ),
);

/** An integer Go reads into an `int`. */
const Int = z.int();

/** Where records go when senders are told apart by a field: contract section 10. */
const Router = z.object({
  router_key_name: z.string().default(''),
  router_match_type: z.string().default(''),
  router_default_sender: Int.default(0),
  router_routes: z.record(z.string(), Int).default({}),
});

/** One side of the machine that a metric runner looks at: contract section 10. */
const Metric = z.object({
  type: z.string(),
  /** `false`: this field is left out of the records. */
  attributes: z.record(z.string(), z.unknown()).default({}),
  config: z.record(z.string(), z.unknown()).default({}),
});

/**
 * One runner as its configuration says it: the file a user writes, the body of the API, the file
 * kept in `rest_dir`. Names, types and defaults are the original's (contract section 10); unknown
 * keys are ignored as it does. An absent optional key stays absent.
 */
export const RunnerConfig = z.object({
  name: z.string().default(''),
  note: z.string().optional(),
  collect_interval: Int.nonnegative().optional(),
  batch_len: Int.nonnegative().optional(),
  batch_size: Int.nonnegative().optional(),
  batch_interval: Int.nonnegative().optional(),
  batch_try_times: Int.nonnegative().optional(),
  max_reader_close_wait_time: Int.nonnegative().optional(),
  errors_list_cap: Int.nonnegative().default(0),
  sync_every: Int.optional(),
  createtime: z.string().default(''),
  env_tag: z.string().optional(),
  extra_info: z.boolean().default(false),
  log_audit: z.boolean().default(false),
  send_raw: z.boolean().default(false),
  read_time: z.boolean().default(false),
  internal_key_prefix: z.string().default(''),
  /** Ours: each record gets its stable id under this name; absent or empty: it gets none. */
  record_id_key: z
    .string()
    .refine((name) => name !== '__proto__', { error: 'must not be "__proto__"' })
    .optional(),
  max_line_len: Int.nonnegative().default(0),
  is_block: z.boolean().default(false),
  /** Ours: what is acknowledged survives the death of the process, or also a power cut. */
  durability: z.enum(['process', 'power'], { error: 'must be "process" or "power"' }).optional(),
  meta_dir: z.string().default(''),
  sourceData: z.string().optional(),
  /** In place of a reader: what is looked at every `collect_interval` seconds. */
  metric: z.array(Metric).optional(),
  /** Ours: the source is read in parts, each by one of all agents that run this. */
  partition: PartitionConfig.optional(),
  reader: Options.optional(),
  cleaner: Options.optional(),
  parser: Options.optional(),
  transforms: z.array(z.record(z.string(), z.unknown())).optional(),
  senders: z.array(Options).optional(),
  router: Router.prefault({}),
  is_stopped: z.boolean().optional(),
});
export type RunnerConfig = z.infer<typeof RunnerConfig>;

/** Keys that the original's files and ours may hold besides, and that say nothing to a runner. */
const SILENT_KEYS: readonly string[] = ['web_folder', 'from_server', 'schema_version'];

/** One line for each key that means nothing, with the known one that may have been meant. */
export function runnerKeyWarnings(given: unknown): string[] {
  if (typeof given !== 'object' || given === null) return [];
  const known = Object.keys(RunnerConfig.shape);
  return Object.keys(given)
    .filter((key) => !known.includes(key) && !SILENT_KEYS.includes(key))
    .map((key) => {
      const meant = nearest(key, known);
      const hint = meant === null ? '' : `; is ${meant} meant?`;
      return `${JSON.stringify(key)} is no key of a runner and has no effect${hint}`;
    });
}

function optionText(value: unknown): string {
  if (typeof value === 'string') return value;
  // JSON text of a number, boolean, list or object; a rawJSON number keeps its digits.
  return JSON.stringify(value);
}
