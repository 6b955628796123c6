import { resolve } from 'node:path';
import type { PluginOptions, RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { SinkTemplate } from './sink-files.ts';

/** A file sender of a runner, under the name that its ledger has. */
export interface FileSink {
  readonly options: PluginOptions;
  readonly template: SinkTemplate;
}

export function fileSinksOf({ senders = [] }: RunnerConfig): ReadonlyMap<string, FileSink> {
  const sinks = new Map<string, FileSink>();
  for (const options of senders) {
    if (options['sender_type'] !== 'file') continue;
    const name = nameOf(options);
    if (!sinks.has(name)) sinks.set(name, { options, template: templateOf(options) });
  }
  return sinks;
}

/** Whether a sender of the ledger may be one that the runner still has. */
export function mayHaveSender({ senders = [] }: RunnerConfig, name: string): boolean {
  return senders.some((options) => {
    const known = options['sender_type'] === 'file' ? nameOf(options) : (options['name'] ?? '');
    // The default name of another plugin is its own affair; a twin has a number behind its name.
    return known === '' || name === known || name.startsWith(`${known}-`);
  });
}

/** Which other runner may write to the same files, or null. */
export function otherWriter(
  template: SinkTemplate,
  runner: string,
  configs: ReadonlyMap<string, RunnerConfig>,
): string | null {
  for (const [name, config] of configs) {
    if (name === runner) continue;
    const sinks = [...fileSinksOf(config).values()];
    if (sinks.some(({ template: other }) => isSameTemplate(other, template))) return name;
  }
  return null;
}

function nameOf(options: PluginOptions): string {
  const name = options['name'] ?? '';
  return name === '' ? `fileSender:${options['file_send_path'] ?? ''}` : name;
}

function templateOf(options: PluginOptions): SinkTemplate {
  const partitions = Number(options['file_partition'] ?? 0);
  return { path: resolve(options['file_send_path'] ?? ''), partitions };
}

function isSameTemplate(a: SinkTemplate, b: SinkTemplate): boolean {
  return a.path === b.path && a.partitions > 0 === b.partitions > 0;
}
