import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { cpus, hostname, release, type } from 'node:os';
import { join } from 'node:path';
import { createAxiosClient } from '../shared/client/axios-client.ts';
import type { HttpClient } from '../shared/client/http-client.ts';
import { resolveSecretRefs, secretSources } from '../shared/config/secret-refs.ts';
import { hostForOthers } from '../shared/http/own-address.ts';
import { AppError } from '../shared/kernel/errors.ts';
import type { Shell } from '../shared/process/shell.ts';
import { AgentState } from '../shared/stores/agent-state.ts';
import { PlaceIdentity } from '../shared/stores/partitions/place-identity.ts';
import { RunnerConfigStore } from '../shared/stores/runner-config-store.ts';
import { openSqliteCheckpointStore } from '../shared/stores/sqlite-checkpoint-store.ts';
import { Agent } from './agent.ts';
import { BufferFolders } from './buffer/buffer-folders.ts';
import { Heartbeat } from './heartbeat.ts';
import { MasterDiscovery } from './master-discovery.ts';
import { fixedMasters } from './masters.ts';
import { Membership } from './membership.ts';
import { sharedPlace } from './partitioned/shared-place.ts';
import { CATALOG, type Catalog } from './plugins/catalog.ts';
import { withOwnPlugins } from './plugins/own-plugins.ts';
import { createAuditLog } from './runner/audit-log.ts';
import { BatchMemory } from './runner/batch-memory.ts';
import type { HostInfo } from './runner/enrich.ts';
import type { LaunchDeps } from './runner/launch.ts';
import type { Policy } from './runner/policy.ts';
import { createSinkFiles } from './sink/appended-files.ts';
import { lineAtTime } from './tail/time-search.ts';

/** Less than masters wait for an agent, so that they hear what is wrong with its store. */
const STORE_TIMEOUT_MS = 3_000;

/** Characters of a hash that tell the agents of a host apart. */
const PLACE_LENGTH = 8;

/**
 * Opens what an agent keeps on disk and makes the agent; nothing is collected yet. `address` is
 * asked at every heartbeat: it is known once the server listens.
 */
export async function openAgent(
  shell: Shell,
  address: () => string,
  cleanup: AsyncDisposableStack,
): Promise<Agent> {
  const { config, clock, random, log, env, metrics, version } = shell;
  const dir = config.data_dir;
  const catalog = await withOwnPlugins(CATALOG, config.plugins_dir);
  const checkpoints = await openSqliteCheckpointStore({
    path: join(dir, 'checkpoints.db'),
    log,
    onDeath: shell.fail,
  });
  cleanup.defer(() => checkpoints.close());
  const state = await AgentState.open({ dir, clock, log });
  const http = createAxiosClient(shell.clientOptions);
  cleanup.defer(() => http.close());
  const files = createSinkFiles({ checkpoints, log, clock, keepAsideDir: join(dir, 'aside') });
  cleanup.defer(() => files.close());
  const audit = createAuditLog({ path: auditPath(shell), clock, log });
  cleanup.defer(() => audit.close());

  const sources = secretSources(env, process.cwd());
  const launch: LaunchDeps = {
    catalog,
    policy: policyOf(shell, catalog),
    contextFor: (runner) => ({
      ...{ runner, clock, random, http, files },
      openHttp: (tls) => createAxiosClient({ ...shell.clientOptions, tls }),
      log: log.child({ runner }),
      ...{ timeLayouts: config.timeformat_layouts, env },
    }),
    resolveSecrets: (text) => resolveSecretRefs(text, sources),
    host: hostInfo(),
    memory: new BatchMemory(config.batch_memory_mb * 1024 * 1024),
    buffers: new BufferFolders(join(dir, 'buffers')),
    sharedPlace: shell.partitionPlace && sharedPlace(shell.partitionPlace, dir),
    workerId: workerIdOf(dir),
    ...{ checkpoints, env, clock, random, log, audit },
  };
  return new Agent({
    confsPath: config.confs_path,
    configs: new RunnerConfigStore(config.rest_dir),
    lineAtTime: (handle, size, timeMs) =>
      lineAtTime(handle, size, timeMs, config.timeformat_layouts),
    sharedStore: identityOf(shell),
    cluster: config.cluster.enable ? await clusterOf(shell, { state, address, http }) : null,
    ...{ launch, state, version, metrics, clock, log },
  });
}

function identityOf({ partitionPlace: place, clock }: Shell): PlaceIdentity | null {
  return place === null ? null : new PlaceIdentity({ place, clock, timeoutMs: STORE_TIMEOUT_MS });
}

/** No two processes of a host have one data_dir at a time, and each keeps its own. */
function workerIdOf(dataDir: string): string {
  const place = createHash('sha256').update(realpathSync(dataDir)).digest('hex');
  return `${hostname()}-${place.slice(0, PLACE_LENGTH)}`;
}

type ClusterParts = Pick<ConstructorParameters<typeof Membership>[0], 'state' | 'address'> &
  Pick<ConstructorParameters<typeof Heartbeat>[0], 'http'>;

async function clusterOf(shell: Shell, { state, address, http }: ClusterParts) {
  const { clock, random, log, metrics, sign } = shell;
  const { master_url: fixed, heartbeat_ms: intervalMs, tag, secret } = shell.config.cluster;
  const discovery = await discoveryOf(shell, http);
  const heartbeat: Heartbeat = new Heartbeat({
    ...{ address, intervalMs, http, sign, clock, random, log, metrics },
    masters: discovery ?? fixedMasters(fixed),
    // Where there is a secret, what is signed with it says enough.
    tokens: secret === '' ? (discovery?.tokens ?? null) : null,
    tag: () => membership.toldTag,
  });
  const membership: Membership = new Membership({ heartbeat, state, address, configuredTag: tag });
  return { heartbeat, membership, discovery };
}

async function discoveryOf(shell: Shell, http: HttpClient): Promise<MasterDiscovery | null> {
  const { config, clientOptions, clock, random, log } = shell;
  const { discovery, master_url: fixed } = config.cluster;
  if (discovery.urls.length === 0) return null;
  const dir = config.data_dir;
  return MasterDiscovery.open({
    ...{ config: discovery, fixed, dir, http, clientOptions, clock, random, log },
    name: workerIdOf(dir),
  });
}

function policyOf({ config, configFile }: Shell, catalog: Catalog): Policy {
  const { read_paths: readPaths, write_paths: writePaths, senders, script } = config.policy;
  const { data_dir, rest_dir, audit_dir, static_root_path, log, tls } = config;
  const { store } = config;
  const named = [tls.cert, tls.key, tls.ca, config.plugins_dir, store.path, store.tls.ca];
  const given = named.filter((path) => path !== '');
  const own = [data_dir, rest_dir, audit_dir, static_root_path, log, configFile, ...given];
  for (const type of senders) requireKnownSender(type, catalog);
  return {
    ...{ readPaths, writePaths, senders, mayStartPrograms: script },
    protectedPaths: own,
    protectedPatterns: config.confs_path,
  };
}

/** A name that is none would forbid every sender, silently. */
function requireKnownSender(type: string, catalog: Catalog): void {
  const known = catalog.senders.map((sender) => sender.type);
  if (known.includes(type)) return;
  const message = `policy.senders: there is no sender "${type}"; write one of ${known.join(', ')}`;
  throw new AppError('invalid', message);
}

/** One file a process start, named by the time. */
function auditPath({ config, clock }: Shell): string {
  const started = new Date(clock.now()).toISOString().replace(/[:.]/g, '-');
  return join(config.audit_dir, `${started}.log`);
}

function hostInfo(): HostInfo {
  return {
    hostname: hostname(),
    core: String(cpus().length),
    osinfo: `${type()} ${release()}`,
    localip: hostForOthers(''),
  };
}
