import { Administration } from '../../shared/coordinator/administration.ts';
import { Coordinator } from '../../shared/coordinator/coordinator.ts';
import { coordinatorRoutes } from '../../shared/coordinator/http/coordinator-routes.ts';
import type { Processor } from '../../shared/coordinator/processor.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { openPartitionStore } from '../../shared/stores/partitions/open-partition-store.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';
import { plannerTo } from '../coordinator/rig.ts';
import { type EdgeServer, serveEdge } from './edge-server.ts';

/** IDs 1 to 30 in three partitions. */
const PLANNER = plannerTo(30n, 10n);

interface WorkAgentOptions {
  readonly path: string;
  readonly workerId: string;
  readonly key: string;
  readonly process: Processor['process'];
}

/** An agent that does nothing but share the work of one key, with a coordinator at work, and answer for it. */
export class WorkAgent {
  /** What its work was asked, with the query. */
  readonly asked: string[] = [];
  readonly store: PartitionStore;
  readonly coordinator: Coordinator;
  readonly #administration: Administration;
  readonly #key: string;
  #server: EdgeServer | null = null;

  private constructor(store: PartitionStore, { workerId, key, process }: WorkAgentOptions) {
    this.store = store;
    this.#key = key;
    this.coordinator = new Coordinator({
      ...{ workerId, store, planner: PLANNER, processor: { process } },
      options: {
        ...{ attempts_max: 1, allocation_interval_ms: 50, tend_interval_ms: 50 },
        ...{ claim_interval_ms: 50, leader_election_interval_ms: 50 },
      },
    });
    this.#administration = new Administration({
      ...{ store, coordinator: this.coordinator, planner: PLANNER, clock: systemClock },
    });
  }

  static async start(options: WorkAgentOptions): Promise<WorkAgent> {
    const { path } = options;
    const store = await openPartitionStore({ type: 'sqlite', path }, `runner/${options.key}`);
    const agent = new WorkAgent(store, options);
    agent.coordinator.start();
    agent.#server = await serveEdge({ routes: agent.#routes() });
    return agent;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    await this.coordinator.stop();
    await this.store.close();
  }

  #routes(): Route[] {
    const list: Route = {
      ...{ method: 'GET', path: '/logkit/partitions', access: 'user', failure: 'L1001' },
      answer: async () => [{ key: this.#key, runner: 'r1' }],
    };
    const api = coordinatorRoutes((call) => this.#found(call));
    return [list, ...api.map((row) => ({ ...row, path: `/logkit/partitions/:key${row.path}` }))];
  }

  #found({ params, queryText }: Call): Administration {
    if (params['key'] !== this.#key) throw new AppError('not_found', 'there is no such work');
    this.asked.push(queryText);
    return this.#administration;
  }
}
