import { Bell } from '../kernel/bell.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { HEALTH_SERVICES } from './proto/health-service.ts';
import type {
  MethodDefinition,
  RpcMessage,
  ServiceDefinition,
} from './proto/service-definition.ts';
import { RpcError } from './rpc-error.ts';
import type { Dispatch, DispatchResult, IncomingRequest } from './transport.ts';

/** What a method knows of its caller beside the request. */
export interface CallContext {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** On the monotonic clock; Infinity: the caller waits for as long as it takes. */
  readonly deadlineMs: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly peer: string;
}

export type MethodImplementation = (
  request: RpcMessage,
  context: CallContext,
) => Promise<RpcMessage>;

export type ServiceImplementation = Readonly<Record<string, MethodImplementation>>;

export interface RpcServerOptions {
  /** Calls that run at once; further ones are refused before they run. */
  readonly concurrencyMax: number;
  readonly clock: Clock;
  /** Told of what methods throw that is no RpcError: callers do not learn it. */
  readonly onFault: (thrown: unknown, call: { service: string; method: string }) => void;
}

const DEFAULTS: RpcServerOptions = {
  concurrencyMax: 10_000,
  clock: systemClock,
  onFault: () => undefined,
};

interface Bound {
  readonly definition: MethodDefinition;
  readonly run: MethodImplementation;
}

/** Services and what they do, whatever transport brings their calls. */
export class RpcServer {
  readonly #options: RpcServerOptions;
  readonly #services = new Map<string, ReadonlyMap<string, Bound>>();
  readonly #notServing = new Set<string>();
  readonly #done = new Bell();
  #running = 0;
  #isDraining = false;

  constructor(options: Partial<RpcServerOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
    const health = { Check: async ({ service }: RpcMessage) => this.#health(service) };
    for (const definition of HEALTH_SERVICES.values()) this.#bind(definition, health);
  }

  get running(): number {
    return this.#running;
  }

  /** `package.Service/Method` of all that is served; gRPC has to know them when it begins to listen. */
  get methods(): readonly string[] {
    return [...this.#services].flatMap(([service, methods]) =>
      [...methods.keys()].map((method) => `${service}/${method}`),
    );
  }

  /** @throws AppError `conflict` for a second service of a name, `invalid` for a method that is missing. */
  register(service: ServiceDefinition, implementation: ServiceImplementation): void {
    if (this.#services.has(service.fullName)) {
      throw new AppError('conflict', `service ${service.fullName} is registered already`);
    }
    this.#bind(service, implementation);
  }

  /** Whether the health service says that it serves; it is for who chooses among instances. */
  setServing(service: string, isServing: boolean): void {
    if (isServing) this.#notServing.delete(service);
    else this.#notServing.add(service);
  }

  /** Refuses new calls, and waits for those that run for `withinMs` at most. Gives how many still do. */
  async drain(withinMs: number): Promise<number> {
    const { clock } = this.#options;
    this.#isDraining = true;
    const endMs = clock.monotonicMs() + withinMs;
    const never = new AbortController().signal;
    for (let leftMs = withinMs; leftMs > 0 && this.#running > 0; ) {
      await this.#done.heardWithin(leftMs, clock, never);
      leftMs = endMs - clock.monotonicMs();
    }
    return this.#running;
  }

  readonly dispatch: Dispatch = async (call) => {
    const bound = this.#find(call);
    if ('ok' in bound) return bound;
    // Whoever asks how it is learns that from the answer.
    const refusal = HEALTH_SERVICES.has(call.service) ? null : this.#refusal();
    if (refusal !== null) return refusal;
    this.#running += 1;
    try {
      return await this.#run(bound, call);
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#done.ring();
    }
  };

  #bind(service: ServiceDefinition, implementation: ServiceImplementation): void {
    const methods = new Map<string, Bound>();
    for (const [name, definition] of service.methods) {
      const method = Object.hasOwn(implementation, name) ? implementation[name] : undefined;
      if (method === undefined) {
        throw new AppError('invalid', `service ${service.fullName} lacks the method ${name}`);
      }
      methods.set(name, { definition, run: (request, context) => method(request, context) });
    }
    this.#services.set(service.fullName, methods);
  }

  #find({ service, method }: IncomingRequest): Bound | DispatchResult {
    const methods = this.#services.get(service);
    if (methods === undefined) return refused('unimplemented', `service not found: ${service}`);
    return methods.get(method) ?? refused('unimplemented', `method not found: ${method}`);
  }

  #refusal(): DispatchResult | null {
    if (this.#isDraining) {
      return { ...refused('unavailable', 'server is draining'), reason: 'draining' };
    }
    const { concurrencyMax } = this.#options;
    if (this.#running < concurrencyMax) return null;
    return {
      ...refused('resource_exhausted', `${concurrencyMax} calls run already`),
      reason: 'overloaded',
    };
  }

  async #run({ definition, run }: Bound, call: IncomingRequest): Promise<DispatchResult> {
    let request: RpcMessage;
    try {
      request = definition.request.decode(call.payload, call.codec);
    } catch (thrown) {
      return refused('invalid_argument', `failed to decode request: ${messageOf(thrown)}`);
    }
    let response: RpcMessage;
    try {
      response = await run(request, new Context(call, this.#options.clock));
    } catch (thrown) {
      return thrown instanceof RpcError ? kept(thrown) : this.#fault(thrown, call);
    }
    try {
      return { ok: true, payload: definition.response.encode(response, call.codec) };
    } catch (thrown) {
      this.#options.onFault(thrown, call);
      return failed('internal', 'failed to encode response');
    }
  }

  #fault(thrown: unknown, call: IncomingRequest): DispatchResult {
    this.#options.onFault(thrown, call);
    return failed('internal', 'method execution error');
  }

  #health(service: unknown): RpcMessage {
    if (this.#isDraining) return { status: 'NOT_SERVING' };
    // Without a name it is the server as a whole that is asked for.
    if (typeof service !== 'string' || service === '') return { status: 'SERVING' };
    if (!this.#services.has(service)) return { status: 'SERVICE_UNKNOWN' };
    return { status: this.#notServing.has(service) ? 'NOT_SERVING' : 'SERVING' };
  }
}

/** Asks the call for its signal only when the method does, for making one costs. */
class Context implements CallContext {
  readonly #call: IncomingRequest;
  readonly deadlineMs: number;

  constructor(call: IncomingRequest, clock: Clock) {
    this.#call = call;
    this.deadlineMs = clock.monotonicMs() + call.timeoutMs;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get metadata(): CallContext['metadata'] {
    return this.#call.metadata;
  }

  get peer(): string {
    return this.#call.peer;
  }
}

type Failure = Extract<DispatchResult, { ok: false }>;

function refused(code: Failure['code'], message: string): Failure {
  return { ok: false, code, message, executed: false };
}

function failed(code: Failure['code'], message: string): Failure {
  return { ok: false, code, message, executed: true };
}

/**
 * A method says by `executed: 'no'` that it has done nothing. An error that comes from a call of its
 * own (its reason is not `application`) says so of that call only.
 */
function kept({ code, message, executed, reason, retryAfterMs }: RpcError): Failure {
  const hasDoneNothing = executed === 'no' && reason === 'application';
  const failure = hasDoneNothing ? refused(code, message) : failed(code, message);
  return retryAfterMs === null ? failure : { ...failure, retryAfterMs };
}
