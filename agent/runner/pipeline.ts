import { resolve } from 'node:path';
import { nearest } from '../../shared/domain/nearest.ts';
import type { PluginOptions, RunnerConfig } from '../../shared/domain/runner-config.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import {
  type BufferLimits,
  bufferLimits,
  queueOptionsWithoutEffect,
} from '../buffer/buffer-options.ts';
import { cleanerRule } from '../cleaner/cleaner-options.ts';
import { metricReader } from '../metrics/metric-reader.ts';
import type { Catalog } from '../plugins/catalog.ts';
import type {
  BatchLimits,
  Parser,
  PartitionedSource,
  PartitionSettings,
  PluginContext,
  Reader,
  ReaderOpening,
  ReaderPlugin,
  Records,
  Sender,
  SenderPlugin,
  Transform,
} from '../plugins/plugin.ts';
import {
  type Policy,
  requirePrograms,
  requireReadable,
  requireSender,
  requireWritable,
} from './policy.ts';
import { routingOf } from './routing.ts';

/** A runner's configuration, checked against catalog and policy: all that is needed to run it. */
export interface Pipeline {
  readonly limits: BatchLimits;
  openReader(opening: ReaderOpening): Reader;
  openParser(): Parser;
  openTransforms(): readonly NamedTransform[];
  /**
   * Opens every sender; when one fails the ones already open are closed. `local`: for those that
   * write files, where that is another context.
   */
  openSenders(local?: PluginContext): Promise<readonly NamedSender[]>;
}

/** A pipeline as it was built. */
export interface BuiltPipeline extends Pipeline {
  /** Opens its source as work that agents share; null: it cannot be. */
  readonly openPartitions: ((settings: PartitionSettings) => PartitionedSource) | null;
  readonly context: PluginContext;
  /** Files that its senders write. */
  readonly writePaths: readonly string[];
  /** Whether its reader would read a file of this path. */
  reads(path: string): boolean;
}

export interface NamedTransform {
  /** Its key in `transformStats`: `<type>-<index>` in the original. */
  readonly name: string;
  readonly type: string;
  readonly transform: Transform;
}

export interface NamedSender {
  /** Its key in `senderStats`; two senders of one name are told apart by a number. */
  readonly name: string;
  readonly sender: Sender;
  /** What is kept for it on disk while others go on; null: they wait for it. */
  readonly buffer: BufferLimits | null;
  /** Which records it gets; null: all. */
  readonly route: Route | null;
}

/** The way of some records to one sender. */
export interface Route {
  readonly rules: string;
  /** The places of those that go this way, in rising order. */
  placesOf(records: Records): readonly number[];
}

interface BuildDeps {
  readonly catalog: Catalog;
  readonly policy: Policy;
  readonly context: PluginContext;
  /** Whether a source that is not there is refused, or waited for. */
  readonly mustExist: boolean;
}

const BATCH_BYTES_DEFAULT = 2 * 1024 * 1024;
/** A larger batch would keep the process from anything else for too long. */
const BATCH_BYTES_MAX = 8 * 1024 * 1024;
const LINGER_S_MAX = 3600;
const TRANSFORMS_MAX = 1_000;
const SENDERS_MAX = 100;

/**
 * Checks a configuration whose secret references are resolved. What could never run is refused
 * here, in the words of the original where it has some (contract section 8).
 *
 * @throws AppError `invalid`, `not_found` (a source that must be there), `forbidden` (policy).
 */
export async function buildPipeline(config: RunnerConfig, deps: BuildDeps): Promise<BuiltPipeline> {
  requireParts(config);
  const { context } = deps;
  const reader = await readerOf(config, deps);
  const parser = await parserOf(config, deps);
  const transforms = await transformsOf(config, deps);
  const senders = await sendersOf(config, deps);
  requireNoLoop(reader, senders);
  await requireDeletable(config, reader, deps);

  const { partitioned } = reader;
  return {
    limits: limitsOf(config),
    openPartitions: partitioned === undefined ? null : (settings) => partitioned(settings, context),
    ...{ context, writePaths: senders.flatMap((sender) => sender.writePaths()) },
    reads: (path) => reader.reads(path),
    openReader: (opening) => reader.open(opening, context),
    openParser: () => parser.open(context),
    openTransforms: () =>
      transforms.map(({ name, type, configured }) => ({
        ...{ name, type },
        transform: configured.open(context),
      })),
    openSenders: (local = context) => openAll(senders, context, local),
  };
}

function requireParts(config: RunnerConfig): void {
  const { name, reader, senders, transforms = [] } = config;
  if (reader === undefined && !isMetric(config)) throw invalid(`${name} reader in config is nil`);
  if (senders === undefined) throw invalid(`${name} senders in config is nil`);
  if (senders.length === 0) throw invalid('senders can not be nil');
  requireFew('senders', senders.length, SENDERS_MAX);
  requireFew('transforms', transforms.length, TRANSFORMS_MAX);
}

function requireFew(what: string, count: number, max: number): void {
  if (count > max) throw invalid(`${count} ${what} are too many; ${max} are allowed`);
}

/** A runner that has metrics has no reader and no parser: its records are made on this machine. */
function isMetric({ metric = [] }: RunnerConfig): boolean {
  return metric.length > 0;
}

export async function readerOf(config: RunnerConfig, deps: BuildDeps): Promise<ConfiguredReader> {
  if (isMetric(config)) return metricReader(config);
  const { catalog, policy, context, mustExist } = deps;
  const { reader: given = {} } = config;
  const options = { ...given, ...headPattern(given, config, catalog) };
  const plugin = named(catalog.readers, options['mode'] ?? 'dir', 'reader type unsupported : ');
  if (plugin.startsPrograms) requirePrograms(policy, plugin.type);
  const reader = plugin.configure(options);
  for (const path of reader.readPaths()) await requireReadable(policy, path);
  if (mustExist) await reader.check(context);
  return reader;
}

/** A parser of records of several lines has the reader join them, unless the user says how. */
function headPattern(
  reader: PluginOptions,
  { parser, send_raw: isRaw }: RunnerConfig,
  { parsers }: Catalog,
): PluginOptions {
  const { headPattern: head } = parsers.find(({ type }) => type === parser?.['type']) ?? {};
  if (isRaw || head === undefined || (reader['head_pattern'] ?? '') !== '') return {};
  return { head_pattern: head };
}

/** `send_raw` passes the lines by the parser. */
function parserOptions({ parser = { type: 'raw' }, send_raw }: RunnerConfig): PluginOptions {
  return send_raw ? { type: 'raw', timestamp: 'false' } : parser;
}

export async function parserOf(
  config: RunnerConfig,
  { catalog, policy, context, mustExist }: BuildDeps,
) {
  const options = isMetric(config) ? { type: 'json' } : parserOptions(config);
  const type = options['type'] ?? '';
  const configured = named(catalog.parsers, type, 'parser type unsupported: ').configure(options);
  for (const path of configured.readPaths()) await requireReadable(policy, path);
  // What can be wrong with it beyond its options shows now, and not when the runner starts.
  if (mustExist) configured.open(context);
  return configured;
}

export async function transformsOf(
  { transforms = [] }: RunnerConfig,
  { catalog, policy }: BuildDeps,
) {
  const configured = transforms.map((options, index) => {
    const type = typeof options['type'] === 'string' ? options['type'] : '';
    const plugin = named(catalog.transforms, type, 'transformer type unsupported: ');
    return { type, name: `${type}-${index}`, configured: plugin.configure(options) };
  });
  const paths = configured.flatMap((transform) => transform.configured.readPaths());
  for (const path of paths) await requireReadable(policy, path);
  return configured;
}

export async function sendersOf(config: RunnerConfig, { catalog, policy, context }: BuildDeps) {
  const given = config.senders ?? [];
  const routing = routingOf(config.router, given.length);
  const senders = given.map((options, place): ConfiguredSender => {
    const type = options['sender_type'] ?? '';
    const plugin = named(catalog.senders, type, 'sender type unsupported : ');
    requireSender(policy, type);
    const without = queueOptionsWithoutEffect(options);
    if (without.length > 0) {
      context.log.warn({ options: without, sender: type }, 'sender options have no effect');
    }
    return {
      ...plugin.configure(options),
      buffer: bufferLimits(options, config.is_block),
      route: routing && {
        rules: routing.rules,
        placesOf: (records) => routing.placesOf(records, place),
      },
    };
  });
  const paths = senders.flatMap((sender) => sender.writePaths());
  for (const path of paths) await requireWritable(policy, path);
  const targets = paths.map((path) => resolve(path));
  const twice = targets.find((path, index) => targets.indexOf(path) !== index);
  if (twice !== undefined) throw invalid(`two senders write to ${twice}; give each its own file`);
  // Every runner asks for files in this order, so that two of them never wait for each other's.
  return senders.toSorted((a, b) => order(firstPath(a), firstPath(b)));
}

type ConfiguredReader = ReturnType<ReaderPlugin['configure']>;
type ConfiguredSender = ReturnType<SenderPlugin['configure']> &
  Pick<NamedSender, 'buffer' | 'route'>;

/** A runner that deletes what it has read is a writer there. */
async function requireDeletable(
  config: RunnerConfig,
  reader: ConfiguredReader,
  { policy, context }: BuildDeps,
): Promise<void> {
  const hasCleaner = cleanerRule(config.cleaner) !== null;
  if (!hasCleaner && reader.deletesAfterMs() === null) return;
  const [path] = reader.readPaths();
  const { mode = 'dir' } = config.reader ?? {};
  if (path !== undefined) await requireWritable(policy, path);
  // The one file that the reader file knows is always about to be written to; of an archive no
  // positions are kept by file.
  if (path === undefined || mode === 'file' || mode === 'files') {
    context.log.warn({ mode }, 'the cleaner has no effect on what this reader reads');
  }
}

/** A runner that reads what it writes never comes to an end, and fills the disk. */
function requireNoLoop(reader: ConfiguredReader, senders: readonly ConfiguredSender[]): void {
  const path = senders.flatMap((sender) => sender.writePaths()).find((to) => reader.reads(to));
  if (path === undefined) return;
  throw invalid(
    `the runner would read what it writes: ${path}; send to a file that it does not read`,
  );
}

function firstPath(sender: ConfiguredSender): string {
  return sender.writePaths()[0] ?? '';
}

function order(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

export async function openAll(
  senders: readonly ConfiguredSender[],
  context: PluginContext,
  local: PluginContext = context,
): Promise<readonly NamedSender[]> {
  const opened = await Promise.allSettled(
    senders.map(async (sender) => ({
      sender: await sender.open(sender.writePaths().length > 0 ? local : context),
      buffer: sender.buffer,
      route: sender.route,
    })),
  );
  const open = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed === undefined) return withNames(open);

  await Promise.allSettled(open.map(({ sender }) => sender.close()));
  throw failed.reason;
}

function withNames(senders: readonly Omit<NamedSender, 'name'>[]): NamedSender[] {
  const names = senders.map(({ sender }) => sender.name);
  return senders.map((opened, index) => {
    const name = opened.sender.name;
    const twin = names.indexOf(name);
    return { ...opened, name: twin === index ? name : `${name}-${index}` };
  });
}

function limitsOf(config: RunnerConfig): BatchLimits {
  const { batch_size = 0, batch_interval = 0 } = config;
  return {
    lines: config.batch_len ?? 0,
    bytes: batch_size === 0 ? BATCH_BYTES_DEFAULT : Math.min(batch_size, BATCH_BYTES_MAX),
    lingerMs: Math.min(batch_interval, LINGER_S_MAX) * 1000,
    lineBytes: config.max_line_len,
  };
}

function named<P extends { readonly type: string }>(
  plugins: readonly P[],
  type: string,
  unsupported: string,
): P {
  const plugin = plugins.find((candidate) => candidate.type === type);
  if (plugin !== undefined) return plugin;
  const meant = nearest(
    type,
    plugins.map((candidate) => candidate.type),
  );
  throw invalid(`${unsupported}${type}${meant === null ? '' : `; is ${meant} meant?`}`);
}

function invalid(message: string): AppError {
  return new AppError('invalid', message);
}
