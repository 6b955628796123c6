import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { Logger } from 'pino';
import type { HttpClientOptions } from '../client/exchange.ts';
import type { MainConfig } from '../config/main-config.ts';
import type { TlsFiles } from '../http/listen.ts';
import { type PeerSigner, peerSigner } from '../http/peer-signer.ts';
import { RequestMetrics } from '../http/request-metrics.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { type RandomSource, systemRandom } from '../kernel/random.ts';
import { DATA_DIR, lockFolder, REST_DIR } from '../stores/folder-lock.ts';
import type { PartitionPlace } from '../stores/partitions/open-partition-store.ts';
import { placeOf } from '../stores/partitions/store-of-config.ts';
import { createLogger, type DebugLevel } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';

export interface ShellOptions {
  readonly config: MainConfig;
  /** Absolute. */
  readonly configFile: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What every part of the process is given: its configuration, time, log and figures. */
export interface Shell extends ShellOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly requests: RequestMetrics;
  readonly sign: PeerSigner;
  /** Null: plain HTTP. */
  readonly serverTls: TlsFiles | null;
  readonly clientOptions: HttpClientOptions;
  /** Where partitioned work is shared; null: `store` is not set. */
  readonly partitionPlace: PartitionPlace | null;
  /** Ends the whole process with this error: a part of it cannot go on. */
  readonly fail: (error: AppError) => void;
}

/**
 * Takes data_dir and rest_dir for this process and opens its log. What is opened is put on `cleanup`.
 *
 * @throws AppError with `details.exit` 2: `conflict` when a folder is another process's, `invalid`
 * when a TLS file, or the store's, cannot be used.
 */
export async function openShell(
  options: ShellOptions,
  fail: Shell['fail'],
  cleanup: AsyncDisposableStack,
): Promise<Shell> {
  const { config, version } = options;
  const clock = systemClock;
  const tls = await readTls(config.tls);
  const partitionPlace = await readPlace(config);

  const data = await lockFolder(config.data_dir, DATA_DIR).catch(asBadConfig);
  cleanup.defer(() => data.release());
  const rest = await lockFolder(config.rest_dir, REST_DIR).catch(asBadConfig);
  cleanup.defer(() => rest.release());
  const { log, close } = createLogger({
    level: levelOf(config.debug_level),
    file: config.log,
    terminal: process.stderr,
    redact: [],
    clock,
  });
  cleanup.defer(close);

  const metrics = new Metrics();
  metrics.collectProcess();
  exposeInfo(metrics, options);
  return {
    ...options,
    ...tls,
    ...{ clock, log, metrics, partitionPlace, fail },
    requests: new RequestMetrics(metrics),
    random: systemRandom,
    sign: peerSigner(config.cluster.secret, clock),
    clientOptions: { userAgent: `logkit-fleet/${version}`, tls: tls.clientTls },
  };
}

async function readTls({ cert, key, ca }: MainConfig['tls']) {
  const authorities = ca === '' ? null : await pem('tls.ca', ca);
  const clientTls = authorities === null ? {} : { ca: [...rootCertificates, authorities] };
  if (cert === '') return { serverTls: null, clientTls };
  const files = { cert: await pem('tls.cert', cert), key: await pem('tls.key', key) };
  return { serverTls: files, clientTls };
}

async function readPlace({ store, data_dir: dataDir }: MainConfig) {
  const read = async (key: 'ca' | 'cert' | 'key') => {
    const file = store.tls[key];
    return file === '' ? '' : (await pem(`store.tls.${key}`, file)).toString();
  };
  const tls = { ca: await read('ca'), cert: await read('cert'), key: await read('key') };
  return placeOf(store, { dataDir, tls });
}

/** PEM texts are told by their looks; what is in them the TLS layer checks. */
async function pem(key: string, path: string): Promise<Buffer> {
  const text = await readFile(path).catch((cause: unknown) => {
    throw badPem(`${key}: ${path} cannot be read: ${messageOf(cause)}`, cause);
  });
  if (text.includes('-----BEGIN ')) return text;
  throw badPem(`${key}: ${path} holds no PEM text`);
}

function badPem(what: string, cause?: unknown): AppError {
  const details = { exit: 2 };
  return new AppError('invalid', `${what}; name a readable PEM file`, { cause, details });
}

function asBadConfig(thrown: unknown): never {
  if (!(thrown instanceof AppError)) throw thrown;
  const { kind, message, details } = thrown;
  throw new AppError(kind, message, { cause: thrown, details: { ...details, exit: 2 } });
}

/** The schema has checked the range. */
function levelOf(level: number): DebugLevel {
  const levels: readonly DebugLevel[] = [0, 1, 2, 3, 4];
  return levels[level] ?? 0;
}

function exposeInfo(metrics: Metrics, { config, version }: ShellOptions): void {
  const { idc, zone } = config;
  metrics
    .gauge({
      name: 'logkit_fleet_info',
      help: 'Always 1; the labels tell what runs where.',
      labelNames: ['version', 'idc', 'zone'] as const,
    })
    .set({ version, idc, zone }, 1);
}
