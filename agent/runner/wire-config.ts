import { isRedacted, redactedOptions, restoredOptions } from '../../shared/domain/redaction.ts';
import type { RunnerConfig } from '../../shared/domain/runner-config.ts';

/**
 * A runner's configuration as the API shows it: the original's keys in the original's order
 * (contract section 10), the names that it adds for its own use, and no secret.
 */
export function toWireConfig(config: RunnerConfig, fromRestDir: boolean): Record<string, unknown> {
  const { name } = config;
  const { is_stopped, router, reader, cleaner, parser, transforms, senders, ...plain } = config;
  return withoutUndefined({
    ...plain,
    reader: reader && { ...redactedOptions(reader), name, runner_name: name },
    cleaner: cleaner && redactedOptions(cleaner),
    parser: parser && { ...redactedOptions(parser), runner_name: name },
    transforms: transforms?.map(redactedOptions),
    senders: senders?.map((sender) => ({ ...redactedOptions(sender), runner_name: name })),
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

function restored<O extends Options>(change: O | undefined, stored: O | undefined): O | undefined {
  return change === undefined || stored === undefined ? change : restoredOptions(change, stored);
}

function withoutUndefined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
