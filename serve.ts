import { stat } from 'node:fs/promises';
import type { Agent } from './agent/agent.ts';
import { openAgent } from './agent/open-agent.ts';
import type { Master } from './master/master.ts';
import { openMaster } from './master/open-master.ts';
import { type MasterRegistry, openMasterRegistry } from './master/registry/open-master-registry.ts';
import { logkitEnvelope } from './shared/api/envelope.ts';
import type { Authentication } from './shared/auth/authentication.ts';
import { openAuthentication } from './shared/auth/open-authentication.ts';
import { parseBindHost } from './shared/config/bind-host.ts';
import { AccessControl } from './shared/http/auth.ts';
import { createEdge } from './shared/http/edge.ts';
import { type Listening, listen } from './shared/http/listen.ts';
import { hostForOthers, isLoopback, urlOf } from './shared/http/own-address.ts';
import type { Route } from './shared/http/route.ts';
import { systemRoutes } from './shared/http/system-routes.ts';
import { AppError } from './shared/kernel/errors.ts';
import { type Actor, runTogether } from './shared/kernel/run-together.ts';
import { giveBackMemory } from './shared/process/give-back-memory.ts';
import { keepSelfClean } from './shared/process/keep-self-clean.ts';
import { openShell, type Shell, type ShellOptions } from './shared/process/shell.ts';
import { profileRoutes } from './shared/telemetry/profiler.ts';

/** So long after the start whoever waited for it has been answered, and the memory it took is free. */
const SETTLE_MS = 500;
/** What is in flight at a stop gets this long to be accepted; the rest is read again at the start. */
const DRAIN_MS = 8_000;
const CLOSE_HTTP_MS = 2_000;
/** A master that hangs must not keep a person waiting for the page's address. */
const GREETING_MS_MAX = 1_000;
/** Where a port is looked for when the configuration names none. */
const PORTS = { from: 4_000, to: 10_000 } as const;

export interface ServeOptions extends ShellOptions {
  readonly warnings: readonly string[];
  readonly signal: AbortSignal;
  /** Shows one line to the person who started the program. */
  readonly print: (line: string) => void;
}

/**
 * Runs an agent and its master API in this process until `signal` aborts. One straight line on
 * purpose: what is opened is closed in reverse, so that a stop goes heartbeats, readers, senders,
 * checkpoints, edges, stores.
 *
 * @throws AppError with `details.exit` 2 when the configuration is at fault; whatever else keeps
 * the process from starting or from going on.
 */
export async function serve({ warnings, signal, print, ...options }: ServeOptions): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const failure = new AbortController();
  const fail = (error: AppError): void => failure.abort(error);
  const shell = await openShell(options, fail, cleanup);
  const { config, clock, log, version } = shell;
  for (const warning of warnings) log.warn(warning);

  const place: { listening: Listening | null } = { listening: null };
  await requireFolder('static_root_path', config.static_root_path);
  const agent = await openAgent(shell, () => addressOf(shell, place.listening), cleanup);
  const master = openMaster(shell, cleanup);
  const auth = await openAuthentication(shell, print, cleanup);
  const registry = openMasterRegistry(shell, () => addressOf(shell, place.listening), cleanup);
  if (!config.disable_web) {
    place.listening = await openEdge(shell, { agent, master, auth, registry });
    cleanup.defer(() => place.listening?.close(CLOSE_HTTP_MS));
  }
  cleanup.defer(() => registry?.endWatches());
  await openProfiles(shell, auth, cleanup);

  cleanup.defer(() => agent.stop(DRAIN_MS));
  await agent.start();
  log.info({ version, pid: process.pid, data_dir: config.data_dir }, 'started');
  const ready = (): void => {
    print(`logkit-fleet ${version} is running; ${pageText(shell, place.listening)}`);
    void clock.sleep(SETTLE_MS, signal).then(() => {
      if (!signal.aborted) giveBackMemory();
    });
  };
  const actors: Actor[] = [agentActor(shell, agent, ready)];
  if (auth !== null) actors.push(auth.actor);
  if (registry !== null) actors.push(registry.actor);
  if (config.clean_self_log) actors.push(keepSelfClean(config, log));
  await runTogether(actors, AbortSignal.any([signal, failure.signal]));
  log.info('stopping');
  failure.signal.throwIfAborted();
}

/** `ready` comes when the masters were greeted, so that the page's address is the last to be read. */
function agentActor({ clock }: Shell, agent: Agent, ready: () => void): Actor {
  return {
    name: 'agent',
    async run(signal) {
      const greeted = Promise.withResolvers<undefined>();
      const patience = clock.sleep(GREETING_MS_MAX, signal);
      void Promise.race([greeted.promise, patience]).then(ready);
      await agent.run(signal, () => greeted.resolve(undefined));
    },
  };
}

async function requireFolder(key: string, path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() === true) return;
  throw new AppError('invalid', `${key}: ${path} is no folder; name one, or remove the key`);
}

interface Served {
  readonly agent: Agent;
  readonly master: Master;
  readonly auth: Authentication | null;
  readonly registry: MasterRegistry | null;
}

function routesOf({ metrics, clock }: Shell, { agent, master, auth, registry }: Served): Route[] {
  return [
    ...[...agent.routes, ...master.routes, ...(auth?.routes ?? []), ...(registry?.routes ?? [])],
    ...systemRoutes({ metrics, clock }),
  ];
}

async function openEdge(shell: Shell, served: Served): Promise<Listening> {
  const { config, requests, clock, log, serverTls } = shell;
  const { listener } = createEdge({
    routes: routesOf(shell, served),
    reservedPaths: served.master.reservedPaths,
    staticRoot: config.static_root_path,
    envelope: logkitEnvelope,
    auth: accessOf(shell, served.auth),
    ...{ requests, log, clock },
  });
  const { host, port } = parseBindHost(config.bind_host) ?? { host: '', port: PORTS };
  const tls = serverTls === null ? {} : { tls: serverTls };
  const listening = await listen(listener, { host, port, clock, log, ...tls });

  const { cluster, auth } = config;
  const isGuarded = cluster.secret !== '' || auth.token !== '' || serverTls !== null;
  if (!isLoopback(listening.host) && !isGuarded) {
    log.warn(
      `anybody who reaches port ${listening.port} can command this process: set cluster.secret, auth.token or tls, or bind_host to a loopback address`,
    );
  }
  return listening;
}

async function openProfiles(
  shell: Shell,
  authentication: Authentication | null,
  cleanup: AsyncDisposableStack,
): Promise<void> {
  const { config, requests, clock, log } = shell;
  const place = parseBindHost(config.profile_host);
  if (place === null) return;
  const { listener } = createEdge({
    routes: profileRoutes({ clock }),
    envelope: logkitEnvelope,
    auth: accessOf(shell, authentication),
    ...{ requests, log, clock },
  });
  const profiles = await listen(listener, { ...place, clock, log });
  cleanup.defer(() => profiles.close(CLOSE_HTTP_MS));
  const url = `${urlOf('http', profiles.host, profiles.port)}/debug/pprof/`;
  log.info({ url }, 'profiles are offered');
}

function accessOf({ config, clock }: Shell, auth: Authentication | null): AccessControl {
  return new AccessControl({
    clusterSecret: config.cluster.secret,
    userToken: config.auth.token,
    ...(auth !== null && { tokens: auth.tokens, accounts: config.auth.accounts }),
    clock,
  });
}

/** How masters reach this agent. */
function addressOf({ config, serverTls }: Shell, listening: Listening | null): string {
  if (config.cluster.address !== '') return config.cluster.address;
  if (listening === null) return '';
  const scheme = serverTls === null ? 'http' : 'https';
  return urlOf(scheme, hostForOthers(listening.host), listening.port);
}

function pageText({ serverTls }: Shell, listening: Listening | null): string {
  if (listening === null) return 'it has no page (disable_web)';
  const { host, port } = listening;
  const scheme = serverTls === null ? 'http' : 'https';
  return `open ${urlOf(scheme, hostForOthers(host), port)}/`;
}
