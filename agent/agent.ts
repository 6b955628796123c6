import type { Logger } from 'pino';
import type { Route } from '../shared/http/route.ts';
import type { Clock } from '../shared/kernel/clock.ts';
import { type Actor, runTogether } from '../shared/kernel/run-together.ts';
import type { PlaceIdentity } from '../shared/stores/partitions/place-identity.ts';
import type { Metrics } from '../shared/telemetry/metrics.ts';
import { Cleaner } from './cleaner/cleaner.ts';
import { ConfRunners } from './conf-runners.ts';
import type { Heartbeat } from './heartbeat.ts';
import { agentRoutes } from './http/agent.routes.ts';
import { partitionRoutes } from './http/partition.routes.ts';
import { pluginRoutes } from './http/plugin.routes.ts';
import { recordRoutes } from './http/record.routes.ts';
import { storeRoute } from './http/store.routes.ts';
import { tagRoute } from './http/tag.routes.ts';
import { trialRoutes } from './http/trial.routes.ts';
import type { Membership } from './membership.ts';
import type { LineAtTime } from './operate/aim.ts';
import { DeadLetters } from './operate/dead-letters.ts';
import { Positions } from './operate/positions.ts';
import { freeSpareBuffers } from './records/json-bytes.ts';
import { ConfFiles } from './runner/conf-files.ts';
import { exposeRunners } from './runner/runner-metrics.ts';
import { Runners, type RunnersDeps } from './runner/runners.ts';
import type { AgentIdentity } from './runner/status.ts';
import { Trial } from './trial/trial.ts';

interface ClusterParts {
  readonly membership: Membership;
  readonly heartbeat: Heartbeat;
  /** Looks for masters; null: it is told which there are. */
  readonly discovery: Actor | null;
}

interface AgentDeps extends RunnersDeps {
  readonly confsPath: readonly string[];
  /** Null where `cluster.enable` is false. */
  readonly cluster: ClusterParts | null;
  /** Where work is shared with other agents; null: nowhere. */
  readonly sharedStore: PlaceIdentity | null;
  /** Null: positions are not moved by time. */
  readonly lineAtTime: LineAtTime;
  readonly version: string;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
}

const NOBODY: AgentIdentity = { tag: '', url: '' };

/** Runs the collection of this machine and tells the masters about it. */
export class Agent {
  readonly routes: readonly Route[];
  readonly #deps: AgentDeps;
  readonly #runners: Runners;
  readonly #confFiles: ConfFiles;
  readonly #confRunners: ConfRunners;
  readonly #cleaner: Cleaner;

  constructor(deps: AgentDeps) {
    this.#deps = deps;
    this.#runners = new Runners(deps);
    this.#confFiles = new ConfFiles(deps.confsPath, deps.clock);
    this.#confRunners = new ConfRunners({ runners: this.#runners, log: deps.log });
    this.#cleaner = new Cleaner({
      uses: () => this.#runners.view.uses(),
      inTurn: (name, work) => this.#runners.inTurn(name, work),
      launch: deps.launch,
    });
    const identity = () => deps.cluster?.membership.identity ?? NOBODY;
    exposeRunners(deps.metrics, () => Object.values(this.#runners.view.statuses(identity())));
    this.routes = [
      ...agentRoutes({ runners: this.#runners, version: deps.version, identity }),
      ...pluginRoutes(deps.launch.catalog),
      ...trialRoutes(new Trial(deps.launch)),
      ...partitionRoutes(this.#runners.view),
      ...recordRoutes(operationsOf(this.#runners, deps)),
      storeRoute(deps.sharedStore),
      tagRoute(deps.cluster?.membership ?? null),
    ];
  }

  /** Starts the runners that are configured now; a master need not be there. */
  async start(): Promise<void> {
    await this.#runners.load();
    await this.#confRunners.apply(await this.#confFiles.look());
  }

  /**
   * Watches configuration files, sends heartbeats, deletes files that are read and frees what is not in use until `signal` aborts; `onGreeted` is called
   * once the masters were told of this agent, or could not be.
   */
  async run(signal: AbortSignal, onGreeted: () => void): Promise<void> {
    const { cluster, clock, log } = this.#deps;
    const watch: Actor = {
      name: 'configuration files',
      run: (until) =>
        this.#confFiles.watch(
          (changes) => this.#confRunners.apply(changes),
          (reason) => log.error({ reason }, 'cannot look for configuration files'),
          until,
        ),
    };
    const free: Actor = { name: 'buffers', run: (until) => freeSpareBuffers(clock, until) };
    const clean: Actor = { name: 'cleaner', run: (until) => this.#cleaner.run(until) };
    const actors = [watch, free, clean];
    if (cluster !== null) {
      const { heartbeat, discovery } = cluster;
      if (discovery !== null) actors.push(discovery);
      actors.push({ name: 'heartbeat', run: (until) => heartbeat.run(until, onGreeted) });
    } else {
      onGreeted();
    }
    await runTogether(actors, signal);
  }

  /** Ends all runners; what is in flight gets `deadlineMs` to be accepted. */
  stop(deadlineMs: number): Promise<void> {
    return this.#runners.stopAll(deadlineMs);
  }
}

function operationsOf(runners: Runners, { launch, lineAtTime, clock }: AgentDeps) {
  const { checkpoints } = launch;
  const positions = new Positions({ runners, checkpoints, lineAtTime, clock });
  return {
    runners,
    checkpoints,
    positions,
    deadLetters: new DeadLetters({ runners, checkpoints }),
  };
}
