import type { Route } from '../../shared/http/route.ts';
import { CLEANER } from '../cleaner/cleaner-options.ts';
import type { Catalog } from '../plugins/catalog.ts';
import { jsonSchemaOf, optionsOf } from '../plugins/describe.ts';
import type { PluginInfo } from '../plugins/plugin.ts';
import { METRIC_KEYS, METRIC_OPTIONS, METRIC_USAGES } from './metric-metadata.ts';
import { ROUTER_OPTIONS, ROUTER_USAGES } from './router-options.ts';
import { wireOption } from './wire-option.ts';

/**
 * What there is to configure, and how: the metadata that forms are made of (contract section 8),
 * and for programs the JSON Schema of each plugin's options.
 */
export function pluginRoutes({ readers, parsers, transforms, senders }: Catalog): Route[] {
  return [
    ...kindRoutes('reader', readers),
    ...kindRoutes('parser', parsers),
    read('/logkit/parser/samplelogs', () =>
      byType(parsers.map(({ type, sampleLog }) => [type, sampleLog])),
    ),
    ...kindRoutes('transformer', transforms),
    read('/logkit/transformer/sampleconfigs', () =>
      byType(transforms.map((plugin) => [plugin.type, sampleConfig(plugin)])),
    ),
    ...kindRoutes('sender', senders),
    read('/logkit/sender/router/usage', () => ROUTER_USAGES),
    read('/logkit/sender/router/option', () => ROUTER_OPTIONS.map(wireOption)),
    read('/logkit/cleaner/options', () => optionsOf(CLEANER).map(wireOption)),
    read('/logkit/metric/keys', () => METRIC_KEYS),
    read('/logkit/metric/usages', () => METRIC_USAGES),
    read('/logkit/metric/options', () => METRIC_OPTIONS),
  ];
}

function kindRoutes(kind: string, plugins: readonly PluginInfo[]): Route[] {
  const usages = plugins.map(({ type, usage }) => ({ key: type, value: usage, sort_key: type }));
  return [
    read(`/logkit/${kind}/usages`, () => usages),
    read(`/logkit/${kind}/tooltips`, () => usages),
    read(`/logkit/${kind}/options`, () =>
      byType(plugins.map((plugin) => [plugin.type, optionsOf(plugin).map(wireOption)])),
    ),
    read(`/logkit/${kind}/schemas`, () =>
      byType(plugins.map((plugin) => [plugin.type, jsonSchemaOf(plugin)])),
    ),
  ];
}

/** With the options that it takes to work, as one would write them. */
function sampleConfig(plugin: PluginInfo): string {
  const examples = optionsOf(plugin).flatMap(({ name, example, isAdvanced }) =>
    example === '' || isAdvanced ? [] : [[name, example]],
  );
  return JSON.stringify({ type: plugin.type, ...Object.fromEntries(examples) }, null, 2);
}

function byType(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries);
}

function read(path: string, answer: () => unknown): Route {
  return { method: 'GET', path, access: 'user', failure: 'L1001', answer: async () => answer() };
}
