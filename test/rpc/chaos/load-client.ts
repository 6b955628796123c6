import {
  type ClientConfigInput,
  type Codec,
  RpcClient,
  RpcError,
} from '../../../shared/rpc/library.ts';
import { TRANSPORTS } from './caller.ts';
import { type Doing, entry, LEDGER, type LedgerPorts } from './ledger.ts';
import type { TransportName } from './on-each.ts';

const CALLERS = 8;
const CONFIG: ClientConfigInput = {
  Balancer: 'round_robin',
  FailoverConfig: {
    RetryInterval: 5,
    RetryableErrors: ['timeout', 'connection_refused', 'connection_reset', 'service_unavailable'],
    RetryBudgetLeast: 1_000,
    // Short for whom a server that hangs is to be left; long for servers that have much to do.
    RequestTimeout: 1_500,
    RecoveryInterval: 100,
    CircuitBreakTimeout: 100,
  },
};

/** A call that failed for good. */
export interface Loss {
  readonly id: string;
  readonly error: RpcError;
}

let ids = 0;

/** A client of all servers; what it does is counted. */
export class LoadClient {
  readonly losses: Loss[] = [];
  readonly answered: string[] = [];
  /** Answers that were another call's. */
  readonly mistaken: string[] = [];
  readonly #name: string;
  readonly #client: RpcClient;
  readonly #answers = new Map<string, number>();

  private constructor(name: string, client: RpcClient) {
    this.#name = name;
    this.#client = client;
  }

  static async open(
    transport: TransportName,
    codec: Codec,
    servers: readonly LedgerPorts[],
  ): Promise<LoadClient> {
    const ServerAddresses = servers.map((ports) => `127.0.0.1:${ports[transport]}`);
    const client = await RpcClient.open({
      ...{ service: LEDGER, codec, transport: TRANSPORTS[transport]() },
      config: { ...CONFIG, ServerAddresses },
    });
    return new LoadClient(`${transport} ${codec}`, client);
  }

  /** How many answers there have been of that server. */
  answersOf(server: string): number {
    return this.#answers.get(server) ?? 0;
  }

  /** Has callers call on and on until it is stopped. */
  begin(method: 'Read' | 'Write', doing: Doing): () => Promise<void> {
    const on = { is: true };
    const call = async () => {
      while (on.is) await this.#call(method, doing);
    };
    const callers = Promise.all(Array.from({ length: CALLERS }, call));
    return async () => {
      on.is = false;
      await callers;
    };
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #call(method: string, doing: Doing): Promise<void> {
    ids += 1;
    const id = `${method} ${this.#name} ${ids}`;
    try {
      const { response } = await this.#client.call(method, entry(id, doing));
      this.answered.push(id);
      if (response['id'] !== id) this.mistaken.push(id);
      const by = String(response['by']);
      this.#answers.set(by, this.answersOf(by) + 1);
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      this.losses.push({ id, error: thrown });
    }
  }
}
