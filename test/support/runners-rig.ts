import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { BufferFolders } from '../../agent/buffer/buffer-folders.ts';
import { ConfRunners } from '../../agent/conf-runners.ts';
import { CATALOG } from '../../agent/plugins/catalog.ts';
import { createAuditLog } from '../../agent/runner/audit-log.ts';
import { BatchMemory } from '../../agent/runner/batch-memory.ts';
import type { LaunchDeps } from '../../agent/runner/launch.ts';
import type { Policy } from '../../agent/runner/policy.ts';
import { Runners } from '../../agent/runner/runners.ts';
import { createSinkFiles } from '../../agent/sink/appended-files.ts';
import { createPoolClient } from '../../shared/client/pool-client.ts';
import { resolveSecretRefs, secretSources } from '../../shared/config/secret-refs.ts';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { systemRandom } from '../../shared/kernel/random.ts';
import { AgentState } from '../../shared/stores/agent-state.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';
import { RunnerConfigStore } from '../../shared/stores/runner-config-store.ts';
import { openSqliteCheckpointStore } from '../../shared/stores/sqlite-checkpoint-store.ts';
import { linesIn, numberedLines, rawRunner } from './lines.ts';
import { waitFor } from './wait-for.ts';

const STOP_MS = 3_000;
const NOBODY = { tag: '', url: '' };

interface RigOptions {
  readonly policy?: Partial<Policy>;
  readonly env?: Readonly<Record<string, string>>;
  readonly openPartitions?: (namespace: string) => Promise<PartitionStore>;
  readonly workerId?: string;
}

interface LogLine {
  readonly msg: string;
  readonly path?: string;
}

/** The runners of one agent on real files and stores, in a folder of their own. */
export class RunnersRig {
  readonly dir: string;
  readonly restDir: string;
  readonly confsDir: string;
  readonly logged: LogLine[] = [];
  readonly #options: RigOptions;
  #parts: Parts | null = null;

  private constructor(dir: string, options: RigOptions) {
    this.dir = dir;
    this.restDir = join(dir, 'rest');
    this.confsDir = join(dir, 'confs');
    this.#options = options;
  }

  /** With `app.log`, which holds 100 lines, and runners that are loaded. */
  static async create(options: RigOptions = {}): Promise<RunnersRig> {
    const dir = await realpath(await mkdtemp(join(tmpdir(), 'runners-')));
    const rig = new RunnersRig(dir, options);
    await mkdir(join(dir, 'data'));
    await mkdir(rig.confsDir);
    await writeFile(rig.source, numberedLines(0, 100));
    await rig.#open();
    return rig;
  }

  get runners(): Runners {
    return this.#opened.runners;
  }

  get confs(): ConfRunners {
    return this.#opened.confs;
  }

  /** What runners are made with; for what is made beside them. */
  get launch(): LaunchDeps {
    return this.#opened.launch;
  }

  get source(): string {
    return join(this.dir, 'app.log');
  }

  /** Where the runner of that name writes to. */
  sink(name = 'r1'): string {
    return join(this.dir, `${name}.out`);
  }

  /** A runner that copies `app.log` to its sink. */
  config(name = 'r1', change: object = {}): RunnerConfig {
    return RunnerConfig.parse({ name, ...rawRunner(this.source, this.sink(name)), ...change });
  }

  add(name = 'r1', change: object = {}): Promise<void> {
    return this.runners.add(name, this.config(name, change));
  }

  /** Writes one of the user's own files. */
  async conf(file: string, content: unknown): Promise<string> {
    const path = join(this.confsDir, file);
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  /** What the watcher does when these files are new or changed. */
  changed(...paths: string[]): Promise<void> {
    return this.confs.apply({ changed: paths, gone: [], troubles: [] });
  }

  gone(...paths: string[]): Promise<void> {
    return this.confs.apply({ changed: [], gone: paths, troubles: [] });
  }

  status(name = 'r1') {
    return this.runners.view.statuses(NOBODY)[name];
  }

  lines(name = 'r1'): Promise<string[]> {
    return linesIn(this.sink(name));
  }

  async waitForLines(count: number, name = 'r1'): Promise<void> {
    await waitFor(
      `${count} lines`,
      async () =>
        (await this.lines(name)).length === count && this.status(name)?.readDataCount === count,
    );
  }

  async kept(name = 'r1'): Promise<Record<string, unknown>> {
    return JSON.parse(await readFile(join(this.restDir, `${name}.conf`), 'utf8')) as never;
  }

  /** The process ends as asked, and another one takes its place; without the user's own files. */
  async restart(): Promise<void> {
    await this.#close();
    await this.#open();
  }

  async remove(): Promise<void> {
    await this.#close();
    await rm(this.dir, { recursive: true, force: true });
  }

  get #opened(): Parts {
    if (this.#parts === null) throw new Error('the rig is closed');
    return this.#parts;
  }

  async #open(): Promise<void> {
    this.#parts = await openParts(this, this.#options);
    await this.runners.load();
  }

  async #close(): Promise<void> {
    await this.#opened.close();
    this.#parts = null;
  }
}

interface Parts {
  readonly launch: LaunchDeps;
  readonly runners: Runners;
  readonly confs: ConfRunners;
  readonly close: () => Promise<void>;
}

async function openParts(
  { dir, restDir, logged }: RunnersRig,
  { policy = {}, env = {}, openPartitions, workerId = 'agent-1' }: RigOptions,
): Promise<Parts> {
  const [clock, random] = [systemClock, systemRandom];
  const destination = { write: (line: string) => logged.push(JSON.parse(line) as LogLine) };
  const log = pino({ base: null }, destination);
  const data = join(dir, 'data');
  const checkpoints = await openSqliteCheckpointStore({
    path: join(data, 'checkpoints.db'),
    log,
    onDeath: (error) => {
      throw error;
    },
  });
  const state = await AgentState.open({ dir: data, clock, log });
  const files = createSinkFiles({ checkpoints, log, clock, keepAsideDir: join(data, 'aside') });
  const http = createPoolClient({ userAgent: 'test' });
  const audit = createAuditLog({ path: join(dir, 'audit.log'), clock, log });
  const sources = secretSources(env, dir);
  const launch: LaunchDeps = {
    catalog: CATALOG,
    policy: {
      ...{ readPaths: [], writePaths: [], senders: [], protectedPaths: [data, restDir] },
      protectedPatterns: [],
      ...policy,
    },
    contextFor: (runner) => ({
      ...{ runner, clock, random, log, http, files, timeLayouts: [], env },
      openHttp: (tls) => createPoolClient({ userAgent: 'test', tls }),
    }),
    resolveSecrets: (text) => resolveSecretRefs(text, sources),
    host: { hostname: 'h', core: '1', osinfo: 'o', localip: '127.0.0.1' },
    memory: new BatchMemory(64 * 1024 * 1024),
    buffers: new BufferFolders(join(data, 'buffers')),
    sharedPlace:
      openPartitions === undefined
        ? null
        : (namespace) => ({ open: () => openPartitions(namespace) }),
    ...{ workerId, checkpoints, env, clock, random, log, audit },
  };
  const runners = new Runners({ configs: new RunnerConfigStore(restDir), state, launch });
  const close = async () => {
    await runners.stopAll(STOP_MS);
    for (const part of [audit, files, http, checkpoints]) await part.close();
  };
  return { launch, runners, confs: new ConfRunners({ runners, log }), close };
}
