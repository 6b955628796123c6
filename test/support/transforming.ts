import type {
  LogRecord,
  PluginContext,
  Transform,
  TransformPlugin,
} from '../../agent/plugins/plugin.ts';
import { pluginContext } from './plugin-context.ts';

type Options = Readonly<Record<string, unknown>>;

export function opened(
  plugin: TransformPlugin,
  options: Options,
  given: Partial<PluginContext> = {},
): Transform {
  return plugin.configure(options).open(pluginContext(given));
}

/** What a transform makes of one record, and why it could not. */
export function changed(
  plugin: TransformPlugin,
  options: Options,
  record: LogRecord,
  given: Partial<PluginContext> = {},
): { readonly record: unknown; readonly problem: string } {
  const { records, errors, lastError } = opened(plugin, options, given).apply([record]);
  if (errors !== (lastError === '' ? 0 : 1)) throw new Error(`${errors} errors: ${lastError}`);
  return { record: records[0], problem: lastError };
}

/** The same as JSON text, which shows all the digits of its numbers. */
export function changedText(plugin: TransformPlugin, options: Options, record: LogRecord): string {
  const { record: after, problem } = changed(plugin, options, record);
  return problem === '' ? JSON.stringify(after) : problem;
}

/** What becomes of a raw line; null: it is dropped. */
export function changedLine(plugin: TransformPlugin, options: Options, line: string) {
  const { applyToLine } = opened(plugin, { stage: 'before_parser', ...options });
  if (applyToLine === undefined) throw new Error('it is not at work before the parser');
  return applyToLine(line);
}
