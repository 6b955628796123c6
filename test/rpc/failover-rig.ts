import { callPolicyOf } from '../../shared/resilience/call-policy.ts';
import { Failover } from '../../shared/resilience/failover.ts';
import type { FailoverCall } from '../../shared/resilience/failover-call.ts';
import { ClientConfig, type ClientConfigInput } from '../../shared/resilience/failover-config.ts';
import type { FailoverEvents } from '../../shared/resilience/failover-events.ts';
import type { Endpoint } from '../../shared/resilience/instance.ts';
import { type FailureReason, RpcError } from '../../shared/rpc/rpc-error.ts';
import { seededRandom } from '../delivery/support/seeded-random.ts';
import { HastyClock } from '../support/hasty-clock.ts';

export function endpoint(id: string, more: Partial<Endpoint> = {}): Endpoint {
  return { id, address: `${id}:8001`, weight: 1, zone: '', metadata: {}, ...more };
}

export const FAILURES = {
  refused: () => failure('connection_refused', 'no'),
  reset: () => failure('connection_reset', 'maybe'),
  unavailable: () => failure('service_unavailable', 'no'),
  timeout: () =>
    new RpcError('deadline_exceeded', 'no answer', { reason: 'timeout', executed: 'maybe' }),
  invalid: () => new RpcError('invalid_argument', 'name is missing'),
  notFound: () => new RpcError('not_found', 'no such greeting'),
  draining: () => failure('draining', 'no'),
};

function failure(reason: FailureReason, executed: 'no' | 'maybe') {
  return new RpcError('unavailable', reason, { reason, executed });
}

type Behaviour = () => Error | null;

/** Servers that answer or fail as they are told, under time that passes only by waiting. */
export class FailoverRig {
  readonly clock = new HastyClock(1_000_000);
  readonly behaviours = new Map<string, Behaviour>();
  /** In the order of the attempts, whom they went to. */
  readonly called: string[] = [];
  readonly failover: Failover<Endpoint>;
  readonly #config: ClientConfig;
  /** How long an attempt takes. */
  tookMs = 1;

  constructor(
    ids: readonly string[],
    config: ClientConfigInput = {},
    events: FailoverEvents<Endpoint> = {},
    isLookedAt = false,
  ) {
    const base: ClientConfigInput = {
      Balancer: 'round_robin',
      Methods: { read: { Idempotent: true } },
    };
    this.#config = ClientConfig.parse({ ...base, ...config });
    const { clock } = this;
    const random = seededRandom(7, 'failover');
    this.failover = new Failover({ config: this.#config, clock, random, events, isLookedAt });
    this.failover.set(ids.map((id) => endpoint(id)));
  }

  is(id: string, behaviour: Behaviour): void {
    this.behaviours.set(id, behaviour);
  }

  pass(ms: number): Promise<void> {
    return this.clock.sleep(ms, new AbortController().signal);
  }

  call(method = 'read', more: Partial<FailoverCall> = {}) {
    const policy = callPolicyOf(this.#config, method);
    const call = { policy, key: null, timeoutMs: null, signal: null, isTraced: false, ...more };
    return this.failover.execute(call, async ({ id }, timeoutMs) => {
      this.called.push(id);
      const wrong = this.behaviours.get(id)?.() ?? null;
      const isTimeout = wrong instanceof RpcError && wrong.reason === 'timeout';
      await this.pass(isTimeout ? timeoutMs : this.tookMs);
      if (wrong !== null) throw wrong;
      return id;
    });
  }

  /** So many calls; who answered each, or the message of how it failed. */
  async calls(count: number, method = 'read'): Promise<string[]> {
    const answers: string[] = [];
    for (let nth = 0; nth < count; nth += 1) {
      const told = (error: unknown) => (error instanceof Error ? error.message : String(error));
      answers.push(await this.call(method).then(({ value }) => value, told));
    }
    return answers;
  }

  stateOf(id: string): string {
    return this.failover.view().find(({ instance }) => instance.id === id)?.state ?? 'gone';
  }
}
