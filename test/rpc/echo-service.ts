import type { Dispatch, DispatchResult, IncomingRequest } from '../../shared/rpc/transport.ts';

export const ECHO = 'test.Echo';
const METHODS = ['Echo', 'Hang', 'Fail', 'Refuse', 'Forbid', 'Wait', 'Drain'] as const;
export type EchoMethod = (typeof METHODS)[number];

/** What gRPC has to know beforehand. */
export const ECHO_METHODS = METHODS.map((method) => `${ECHO}/${method}`);

/** A service without messages of its own: it does to calls what methods do. */
export class EchoService {
  /** All that has come. */
  readonly calls: IncomingRequest[] = [];
  /** Whose they were, as it was known when they came. */
  readonly peers: string[] = [];
  #isOpen = Promise.withResolvers<undefined>();

  /** What waits is answered, and what comes to wait from now on waits anew. */
  release(): void {
    this.#isOpen.resolve(undefined);
    this.#isOpen = Promise.withResolvers();
  }

  readonly dispatch: Dispatch = async (call) => {
    this.calls.push(call);
    this.peers.push(call.peer);
    return this.#answer(call);
  };

  async #answer(call: IncomingRequest): Promise<DispatchResult> {
    const { method, payload, metadata } = call;
    switch (method) {
      case 'Echo':
        return { ok: true, payload, metadata };
      case 'Wait':
        await this.#isOpen.promise;
        return { ok: true, payload };
      case 'Hang':
        return hang(call.signal);
      case 'Fail':
        return failed({ code: 'not_found', message: 'no greeting for Ünal 100%', executed: true });
      case 'Refuse':
        return failed({
          ...{ code: 'unavailable', message: 'come later', executed: false, retryAfterMs: 1_500 },
        });
      case 'Forbid':
        return failed({
          ...{ code: 'unavailable', message: 'never again', executed: false },
          retryAfterMs: Infinity,
        });
      case 'Drain':
        return failed({
          ...{ code: 'unavailable', message: 'server is draining', executed: false },
          reason: 'draining',
        });
      default:
        return failed({ code: 'unimplemented', message: `no method ${method}`, executed: false });
    }
  }
}

type Failure = Extract<DispatchResult, { ok: false }>;

function failed(failure: Omit<Failure, 'ok'>): Failure {
  return { ok: false, ...failure };
}

function hang(signal: AbortSignal): Promise<DispatchResult> {
  const end = failed({ code: 'cancelled', message: 'given up', executed: true });
  return new Promise((resolve) => {
    if (signal.aborted) resolve(end);
    signal.addEventListener('abort', () => resolve(end));
  });
}
