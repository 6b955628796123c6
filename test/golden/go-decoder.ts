import { z } from 'zod';

/**
 * What a Go master decodes our answers into, as strict as encoding/json: an integer field takes no
 * fraction, a string no number, a null is the zero value, unknown fields are ignored. Integers are
 * read as text, since Go's int64 holds more than a double.
 */
const goInt = z.union([z.int(), z.bigint()]).nullable();
const goString = z.string().nullable();
const goBool = z.boolean().nullable();
const goFloat = z.number().nullable();

const StatsInfo = z.object({
  errors: goInt,
  success: goInt,
  speed: goInt,
  trend: goString,
  last_error: goString,
});

const ErrorInfo = z.object({ error: goString, timestamp: goInt, count: goInt });
const Errors = z.array(ErrorInfo).nullable();
const ErrorsByName = z.record(z.string(), Errors).nullable();

export const GoErrorsResult = z.object({
  read_errors: Errors,
  parse_errors: Errors,
  transform_errors: ErrorsByName,
  send_errors: ErrorsByName,
});

export const GoRunnerStatus = z.object({
  name: goString,
  logpath: goString,
  readDataSize: goInt,
  readDataCount: goInt,
  elaspedtime: goFloat,
  lag: z.object({ size: goInt, sizeunit: goString, ftlags: goInt, total: goInt }),
  readerStats: StatsInfo,
  parserStats: StatsInfo,
  senderStats: z.record(z.string(), StatsInfo).nullable(),
  transformStats: z.record(z.string(), StatsInfo).nullable(),
  error: goString.optional(),
  readspeed_kb: goInt,
  readspeed: goInt,
  readspeedtrend_kb: goString,
  readspeedtrend: goString,
  runningStatus: goString,
  tag: goString.optional(),
  url: goString.optional(),
  history_errors: GoErrorsResult,
});

const goOptions = z.record(z.string(), goString).nullable();

export const GoRunnerConfig = z.object({
  name: goString,
  batch_len: goInt.optional(),
  batch_size: goInt.optional(),
  batch_interval: goInt.optional(),
  batch_try_times: goInt.optional(),
  errors_list_cap: goInt,
  createtime: goString,
  extra_info: goBool,
  log_audit: goBool,
  send_raw: goBool,
  read_time: goBool,
  internal_key_prefix: goString,
  max_line_len: goInt,
  is_block: goBool,
  meta_dir: goString,
  reader: goOptions,
  parser: goOptions.optional(),
  transforms: z.array(z.record(z.string(), z.unknown())).nullable().optional(),
  senders: z.array(goOptions),
  router: z.object({
    router_key_name: goString,
    router_match_type: goString,
    router_default_sender: goInt,
    router_routes: z.record(z.string(), goInt).nullable(),
  }),
  web_folder: goBool,
  is_stopped: goBool.optional(),
});

/** JSON.parse that keeps integers beyond a double as bigint, as Go's int64 does. */
export function goParse(text: string): unknown {
  const revive = (_: string, value: unknown, context?: { readonly source?: string }): unknown => {
    const isInteger = typeof value === 'number' && /^-?\d+$/.test(context?.source ?? '');
    return isInteger && !Number.isSafeInteger(value) ? BigInt(context?.source ?? 0) : value;
  };
  return JSON.parse(text, revive);
}
