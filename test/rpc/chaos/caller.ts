import {
  grpcTransport,
  httpTransport,
  type RpcChannel,
  RpcError,
  type RpcReply,
  type RpcRequest,
  type RpcTransport,
  tcpTransport,
} from '../../../shared/rpc/library.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type Doing, entry, LEDGER, methodOf } from './ledger.ts';
import type { OnEach, TransportName } from './on-each.ts';

/** Nothing in these tests takes so long. */
export const LONG_MS = 60_000;
/** For calls that get no answer: long enough to be sent, whatever else the machine does. */
export const SHORT_MS = 400;
/** Whoever asks for signs of life does so soon. */
export const LIVELY: ClientLimits = { keepAliveMs: 100, keepAliveTimeoutMs: 100 };

const CODEC = 'protobuf';
const WRITE = methodOf('Write');

export interface ClientLimits {
  readonly payloadBytesMax?: number;
  readonly keepAliveMs?: number;
  readonly keepAliveTimeoutMs?: number;
  /** Over HTTP, which has one call at a time on a connection. */
  readonly connectionsMax?: number;
}

export const TRANSPORTS: OnEach<(limits?: ClientLimits) => RpcTransport> = {
  tcp: (limits) => tcpTransport(limits),
  grpc: (limits) => grpcTransport(limits),
  http: (limits) => httpTransport(limits),
};

/** A call, and what becomes of it: the ID that its answer is for, or how it failed. */
export interface Asked {
  readonly id: string;
  readonly outcome: Promise<string | RpcError>;
}

/** A call that failed. */
export interface Failed {
  readonly id: string;
  readonly error: RpcError;
}

interface Differing extends Partial<RpcRequest> {
  readonly load?: Uint8Array;
}

let ids = 0;

/** Calls a server over one transport, each time once, and each call under an ID of its own. */
export class Caller {
  readonly name: TransportName;
  readonly channel: RpcChannel;

  constructor(name: TransportName, port: number, limits: ClientLimits = {}) {
    this.name = name;
    this.channel = TRANSPORTS[name](limits).channel(`127.0.0.1:${port}`);
  }

  ask(doing: Doing = '', { load, ...differing }: Differing = {}): Asked {
    ids += 1;
    const id = `${this.name}-${ids}`;
    const call = this.channel.call({ ...requestOf(id, doing, load), ...differing });
    return { id, outcome: outcomeOf(call) };
  }

  async fails(doing?: Doing, differing?: Differing): Promise<Failed> {
    return failureOf(this.ask(doing, differing));
  }

  /** A call goes through, over the old connection or a new one, and has the answer that is its own. */
  async answers(doing?: Doing): Promise<void> {
    const [id, answered] = await waitFor(`an answer over ${this.name}`, async () => {
      const asked = this.ask(doing);
      const outcome = await asked.outcome;
      return typeof outcome === 'string' && [asked.id, outcome];
    });
    if (answered !== id) throw new Error(`${id} got the answer of ${answered}`);
  }

  async close(): Promise<void> {
    await this.channel.close();
  }
}

/** It is to fail. */
export async function failureOf({ id, outcome }: Asked): Promise<Failed> {
  const error = await outcome;
  if (typeof error === 'string') throw new Error(`${id} did not fail`);
  return { id, error };
}

/** Over HTTP nothing is found out but that the time of the call is over. */
export function patienceOf(name: TransportName): number {
  return name === 'http' ? SHORT_MS : LONG_MS;
}

function requestOf(id: string, doing: Doing, load?: Uint8Array): RpcRequest {
  return {
    ...{ service: LEDGER.fullName, method: 'Write', codec: CODEC },
    ...{ payload: WRITE.request.encode(entry(id, doing, load), CODEC), metadata: {} },
    ...{ timeoutMs: LONG_MS, signal: null },
  };
}

async function outcomeOf(call: Promise<RpcReply>): Promise<string | RpcError> {
  try {
    return String(WRITE.response.decode((await call).payload, CODEC)['id']);
  } catch (thrown) {
    if (thrown instanceof RpcError) return thrown;
    throw thrown;
  }
}
