import type { RunnerConfig } from '../../shared/domain/runner-config.ts';

/** Stands in an answer where a secret is; in a change it means "as it was". */
export const REDACTED = '******';

const SECRET_NAME =
  /passw|secret|token|credential|authorization|(^|_)(ak|sk|pwd|key_id)$|api_?key/i;
const URL_PASSWORD = /^([a-z][a-z0-9+.-]*:\/\/[^/?#@:]*):[^/?#@]*@/i;

/**
 * A runner's configuration as the API shows it: the original's keys in the original's order
 * (contract section 10), the names that it adds for its own use, and no secret.
 */
export function toWireConfig(config: RunnerConfig, fromRestDir: boolean): Record<string, unknown> {
  const { name } = config;
  const { is_stopped, router, reader, cleaner, parser, transforms, senders, ...plain } = config;
  return withoutUndefined({
    ...plain,
    reader: reader && { ...redacted(reader), name, runner_name: name },
    cleaner: cleaner && redacted(cleaner),
    parser: parser && { ...redacted(parser), runner_name: name },
    transforms: transforms?.map(redacted),
    senders: senders?.map((sender) => ({ ...redacted(sender), runner_name: name })),
    router,
    web_folder: fromRestDir,
    is_stopped: is_stopped === true ? true : undefined,
  });
}

/** Puts the stored secret where a change says "as it was", so that what was read can be sent back. */
export function withSecretsOf(change: RunnerConfig, stored: RunnerConfig): RunnerConfig {
  return {
    ...change,
    reader: restored(change.reader, stored.reader),
    cleaner: restored(change.cleaner, stored.cleaner),
    parser: restored(change.parser, stored.parser),
    senders: change.senders?.map((sender, i) => restored(sender, stored.senders?.[i]) ?? sender),
    transforms: change.transforms?.map((it, i) => restored(it, stored.transforms?.[i]) ?? it),
  };
}

/** Whether a marker is still there: nothing was stored that it could mean. */
export function hasRedacted(config: RunnerConfig): boolean {
  const parts = [
    config.reader,
    config.cleaner,
    config.parser,
    ...(config.senders ?? []),
    ...(config.transforms ?? []),
  ];
  return parts.some((part) => Object.values(part ?? {}).some(isRedacted));
}

type Options = Readonly<Record<string, unknown>>;

function redacted(options: Options): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [key, redactedValue(key, value)]),
  );
}

/** A reference such as `${env:NAME}` is no secret, and is worth seeing. */
function redactedValue(key: string, value: unknown): unknown {
  if (typeof value !== 'string' || value === '' || /^\$\{(env|file):[^}]*\}$/.test(value)) {
    return value;
  }
  if (SECRET_NAME.test(key)) return REDACTED;
  return value.replace(URL_PASSWORD, `$1:${REDACTED}@`);
}

function restored<O extends Options>(change: O | undefined, stored: O | undefined): O | undefined {
  if (change === undefined || stored === undefined) return change;
  const pairs = Object.entries(change).map(([key, value]) => [
    key,
    isRedacted(value) && redactedValue(key, stored[key]) === value ? stored[key] : value,
  ]);
  return Object.fromEntries(pairs) as O;
}

function isRedacted(value: unknown): boolean {
  return typeof value === 'string' && (value === REDACTED || value.includes(`:${REDACTED}@`));
}

function withoutUndefined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
