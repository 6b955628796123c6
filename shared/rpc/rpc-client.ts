import { type Clock, systemClock } from '../kernel/clock.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { type RandomSource, systemRandom } from '../kernel/random.ts';
import { ActiveChecks } from '../resilience/active-checks.ts';
import type { Trace } from '../resilience/attempt-trace.ts';
import { callPolicyOf } from '../resilience/call-policy.ts';
import { Failover, type InstanceView } from '../resilience/failover.ts';
import type { FailoverCall } from '../resilience/failover-call.ts';
import type { ClientConfig, ClientConfigInput } from '../resilience/failover-config.ts';
import { FailoverError } from '../resilience/failover-error.ts';
import type { Endpoint } from '../resilience/instance.ts';
import { Channels, type Peer } from './channels.ts';
import type { Discovery } from './discovery/discovery.ts';
import { staticList } from './discovery/static-list.ts';
import { healthProbe } from './health-probe.ts';
import { metadataAfter } from './previous-attempts.ts';
import type {
  MethodDefinition,
  RpcMessage,
  ServiceDefinition,
} from './proto/service-definition.ts';
import { readClientConfig } from './read-client-config.ts';
import { RpcError } from './rpc-error.ts';
import { asRpcEvents, type RpcEvent } from './rpc-event.ts';
import type { RpcMetrics } from './rpc-metrics.ts';
import { type MethodStats, RpcStats, type RpcSummary } from './rpc-stats.ts';
import { tcpTransport } from './tcp/tcp-channel.ts';
import type { Codec, RpcReply, RpcTransport } from './transport.ts';

/** How often it is asked whether an instance is due to be looked at, of the shortest time that matters. */
const CHECKS_A_PERIOD = 20;
const CHECK_MS_LEAST = 50;
const CHECK_MS_MOST = 1_000;
const NO_METADATA: Readonly<Record<string, string>> = {};
const NO_OPTIONS: CallOptions = {};

export interface RpcClientOptions {
  readonly service: ServiceDefinition;
  readonly config?: ClientConfigInput;
  /** Where its instances are found; absent: at `ServerAddresses`. */
  readonly discovery?: Discovery;
  /** Absent: frames over TCP, with the `ConnectionTimeout` of the configuration. */
  readonly transport?: RpcTransport;
  /** Absent: protobuf. */
  readonly codec?: Codec;
  /** Shared by the clients of a process; `EnableMetrics: false` keeps this one out of them. */
  readonly metrics?: RpcMetrics;
  /** Told of what happens beside plain calls. */
  readonly onEvent?: (event: RpcEvent) => void;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

export interface CallOptions {
  /** Where that is shorter than the configuration's. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Keys are in lower case. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** What the call is about, for the balancer `consistent_hash`. */
  readonly key?: string;
  readonly codec?: Codec;
  /** True: there is a trace also where the first attempt succeeds. */
  readonly trace?: boolean;
}

export interface CallOutcome {
  readonly response: RpcMessage;
  /** Who answered. */
  readonly instance: Endpoint;
  readonly metadata: Readonly<Record<string, string>>;
  /** Every attempt. Where the first one succeeded and nobody asked for it, it may be empty. */
  readonly trace: Trace;
}

interface Bound {
  readonly definition: MethodDefinition;
  /** A call without options of its own. */
  readonly plain: FailoverCall;
  /** Null: nothing is counted. */
  readonly stats: MethodStats | null;
}

/** A client of one service: it knows the instances there are, and calls one that can answer. */
export class RpcClient {
  readonly #service: ServiceDefinition;
  readonly #config: ClientConfig;
  readonly #codec: Codec;
  readonly #clock: Clock;
  readonly #methods: ReadonlyMap<string, Bound>;
  readonly #stats: RpcStats | null;
  readonly #channels: Channels;
  readonly #failover: Failover<Peer>;
  readonly #closing = new AbortController();
  readonly #ends: (() => unknown)[] = [];
  #known: readonly string[] = [];

  private constructor(options: RpcClientOptions, config: ClientConfig) {
    const { service, codec = 'protobuf', clock = systemClock, random = systemRandom } = options;
    const { FailoverConfig, EnableFailover } = config;
    this.#service = service;
    this.#config = config;
    this.#codec = codec;
    this.#clock = clock;
    this.#stats = statsOf(options, config);
    this.#methods = bound(service, config, this.#stats);
    const tries = [...this.#methods.values()].map(({ plain }) => plain.policy.tryTimeoutMs);
    const transport =
      options.transport ??
      tcpTransport({ connectTimeoutMs: FailoverConfig.ConnectionTimeout, clock });
    this.#channels = new Channels({ transport, clock, attemptMsMax: Math.max(...tries) });
    const tell = (event: RpcEvent) => {
      this.#stats?.happened(event, clock.now());
      options.onEvent?.(event);
    };
    this.#failover = new Failover<Peer>({
      ...{ config, clock, random, events: asRpcEvents(tell), isLookedAt: EnableFailover },
    });
  }

  /**
   * Knows who there is when it resolves.
   * @throws AppError `invalid` for a configuration that is none; what its discovery throws.
   */
  static async open(options: RpcClientOptions): Promise<RpcClient> {
    const config = readClientConfig(options.config ?? {}, options.service);
    const discovery = discoveryOf(options, config);
    const client = new RpcClient(options, config);
    try {
      await client.#run(discovery, options.metrics);
    } catch (thrown) {
      await client.close();
      throw thrown;
    }
    return client;
  }

  /**
   * @throws FailoverError when no attempt succeeded, with all that was tried; RpcError when none was
   * made, or its answer cannot be read.
   */
  async call(
    method: string,
    request: RpcMessage,
    options: CallOptions = NO_OPTIONS,
  ): Promise<CallOutcome> {
    const known = this.#methods.get(method);
    if (known === undefined) throw noMethod(this.#service, method);
    const { definition, plain, stats } = known;
    const call = options === NO_OPTIONS ? plain : callOf(plain, options);
    const { codec = this.#codec, metadata = NO_METADATA } = options;
    const payload = encoded(definition, request, codec);
    const service = this.#service.fullName;
    const beganMs = this.#clock.monotonicMs();
    let attempts = 0;
    try {
      const { value, instance, trace } = await this.#failover.execute(
        call,
        ({ channel }, timeoutMs, signal) =>
          channel.call({
            service,
            method,
            codec,
            payload,
            metadata: metadataAfter(attempts++, metadata),
            timeoutMs,
            signal,
          }),
      );
      stats?.succeeded(instance.id, this.#clock.monotonicMs() - beganMs, trace);
      const response = decoded(definition, value, codec);
      return { response, instance, metadata: value.metadata, trace };
    } catch (thrown) {
      if (thrown instanceof FailoverError) {
        stats?.failed(thrown, this.#clock.monotonicMs() - beganMs, thrown.trace);
      }
      throw thrown;
    }
  }

  /**
   * A method as a function that gives its response.
   * @throws RpcError `unimplemented` when the service has none of that name.
   */
  method(name: string): (request: RpcMessage, options?: CallOptions) => Promise<RpcMessage> {
    if (!this.#methods.has(name)) throw noMethod(this.#service, name);
    return async (request, options) => (await this.call(name, request, options)).response;
  }

  /** What is known of each instance now. */
  instances(): readonly InstanceView<Endpoint>[] {
    return this.#failover.view();
  }

  /** Null where `EnableMetrics` is false. Of all clients that share its metrics. */
  summary(): RpcSummary | null {
    return this.#stats?.summary() ?? null;
  }

  /** What is on its way fails as `cancelled`. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#ends.splice(0).map((end) => end()));
    this.#failover.set([]);
    await this.#channels.close();
  }

  async #run(discovery: Discovery, metrics: RpcMetrics | undefined): Promise<void> {
    this.#ends.push(await discovery.follow((endpoints) => this.#set(endpoints)));
    const { EnableFailover, FailoverConfig } = this.#config;
    if (FailoverConfig.EnableMetrics && metrics !== undefined) {
      this.#ends.push(metrics.watch(this.#service.fullName, this.#gauges()));
    }
    if (!EnableFailover) return;
    const { RecoveryInterval, FailureDetectionTime, ConnectionTimeout } = FailoverConfig;
    const everyMs = Math.min(RecoveryInterval, FailureDetectionTime) / CHECKS_A_PERIOD;
    const checks = new ActiveChecks({
      failover: this.#failover,
      probe: healthProbe(this.#service.fullName, ConnectionTimeout),
      clock: this.#clock,
      everyMs: Math.min(CHECK_MS_MOST, Math.max(CHECK_MS_LEAST, everyMs)),
      timeoutMs: ConnectionTimeout,
    });
    const running = checks.run(this.#closing.signal);
    this.#ends.push(() => running);
  }

  #set(endpoints: readonly Endpoint[]): void {
    if (this.#closing.signal.aborted) return;
    this.#failover.set(this.#channels.peers(endpoints));
    const present = endpoints.map(({ id }) => id);
    const now = new Set(present);
    this.#stats?.left(
      this.#known.filter((id) => !now.has(id)),
      present,
    );
    this.#known = present;
  }

  #gauges() {
    return {
      budgetTokens: () => this.#failover.budget().tokens,
      shares: () =>
        this.#failover.view().map(({ instance, share }) => [instance.id, share] as const),
    };
  }
}

function discoveryOf({ discovery, service }: RpcClientOptions, config: ClientConfig): Discovery {
  const { ServerAddresses } = config;
  if (discovery === undefined && ServerAddresses.length > 0) return staticList(ServerAddresses);
  if (discovery !== undefined && ServerAddresses.length === 0) return discovery;
  const what = discovery === undefined ? 'neither' : 'both';
  throw new AppError(
    'invalid',
    `a client of ${service.fullName} was given ${what} of ServerAddresses and a discovery; give one of them`,
  );
}

function statsOf({ metrics, service }: RpcClientOptions, { FailoverConfig }: ClientConfig) {
  if (!FailoverConfig.EnableMetrics) return null;
  return metrics?.stats(service.fullName) ?? new RpcStats(service.fullName);
}

function bound(
  { methods }: ServiceDefinition,
  config: ClientConfig,
  stats: RpcStats | null,
): ReadonlyMap<string, Bound> {
  const all = new Map<string, Bound>();
  for (const [name, definition] of methods) {
    const policy = callPolicyOf(config, name);
    const plain = { policy, key: null, timeoutMs: null, signal: null, isTraced: false };
    all.set(name, { definition, plain, stats: stats?.method(name) ?? null });
  }
  return all;
}

function callOf({ policy }: FailoverCall, options: CallOptions): FailoverCall {
  return {
    policy,
    timeoutMs: options.timeoutMs ?? null,
    signal: options.signal ?? null,
    key: options.key ?? null,
    isTraced: options.trace ?? false,
  };
}

function encoded({ request: type }: MethodDefinition, request: RpcMessage, codec: Codec) {
  try {
    return type.encode(request, codec);
  } catch (thrown) {
    const how = { executed: 'no', cause: thrown } as const;
    throw new RpcError('invalid_argument', messageOf(thrown), how);
  }
}

function decoded({ response }: MethodDefinition, { payload }: RpcReply, codec: Codec): RpcMessage {
  try {
    return response.decode(payload, codec);
  } catch (thrown) {
    throw new RpcError('internal', messageOf(thrown), { reason: 'protocol', cause: thrown });
  }
}

function noMethod({ fullName, methods }: ServiceDefinition, method: string): RpcError {
  const known = [...methods.keys()].join(', ');
  const message = `${fullName} has no method ${method}; it has ${known}`;
  return new RpcError('unimplemented', message, { executed: 'no' });
}
