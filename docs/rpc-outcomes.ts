import type { Executed, FailureReason, RpcCode } from '../shared/rpc/rpc-error.ts';
import type { RpcTransport } from '../shared/rpc/transport.ts';

export interface RpcOutcome {
  readonly code: RpcCode;
  readonly reason: FailureReason;
  readonly executed: Executed;
}

type TransportName = RpcTransport['name'];

const CANCELLED: RpcOutcome = { code: 'cancelled', reason: 'cancelled', executed: 'maybe' };
const TIMED_OUT: RpcOutcome = { code: 'deadline_exceeded', reason: 'timeout', executed: 'maybe' };
const REFUSED: RpcOutcome = { code: 'unavailable', reason: 'connection_refused', executed: 'no' };
const BROKEN: RpcOutcome = { code: 'unavailable', reason: 'connection_reset', executed: 'maybe' };
const UNREADABLE: RpcOutcome = { code: 'unavailable', reason: 'protocol', executed: 'maybe' };
const TOO_LARGE: RpcOutcome = { code: 'resource_exhausted', reason: 'protocol', executed: 'no' };

function everywhere(outcome: RpcOutcome): Readonly<Record<TransportName, RpcOutcome>> {
  return { tcp: outcome, grpc: outcome, http: outcome };
}

/** What a call ends with, by what happens to it; the suite of the transports makes each happen. */
export const RPC_OUTCOMES = {
  'nobody listens': everywhere(REFUSED),
  'the connection is cut while the method runs': everywhere(BROKEN),
  'the method does not come to an end': everywhere(TIMED_OUT),
  'the server accepts and never says a word': {
    ...everywhere(TIMED_OUT),
    grpc: { ...TIMED_OUT, executed: 'no' },
  },
  'nothing comes through any more, though the connection lasts': {
    ...everywhere(BROKEN),
    http: TIMED_OUT,
  },
  'what comes is garbage': {
    ...everywhere(UNREADABLE),
    grpc: { code: 'unavailable', reason: 'service_unavailable', executed: 'no' },
  },
  'the answer is longer than the client allows': everywhere({ ...TOO_LARGE, executed: 'yes' }),
  'the request is longer than the client allows': everywhere(TOO_LARGE),
  'the request is longer than the server allows': {
    ...everywhere(TOO_LARGE),
    grpc: { code: 'resource_exhausted', reason: 'overloaded', executed: 'maybe' },
  },
  'the answer comes too late': everywhere(TIMED_OUT),
  'the caller gives up': everywhere(CANCELLED),
  'the channel is closed while the method runs': everywhere(CANCELLED),
  'the server has as many calls as it takes': everywhere({
    ...{ code: 'resource_exhausted', reason: 'overloaded', executed: 'no' },
  }),
  'the server drains': {
    ...everywhere(REFUSED),
    tcp: { code: 'unavailable', reason: 'draining', executed: 'no' },
  },
  'the server is cut off when its time to drain is over': everywhere(BROKEN),
  'the method fails': everywhere({ code: 'not_found', reason: 'application', executed: 'yes' }),
  'the method says that it has not run': everywhere({
    ...{ code: 'unavailable', reason: 'service_unavailable', executed: 'no' },
  }),
  'there is no such method': everywhere({
    ...{ code: 'unimplemented', reason: 'protocol', executed: 'no' },
  }),
} as const satisfies Record<string, Readonly<Record<TransportName, RpcOutcome>>>;

export type RpcFault = keyof typeof RPC_OUTCOMES;

/** The page `docs/rpc-outcomes.md`. */
export function rpcOutcomesPage(): string {
  const rows = Object.entries(RPC_OUTCOMES).map(
    ([fault, { tcp, grpc, http }]) => `| ${fault} | ${cell(tcp)} | ${cell(grpc)} | ${cell(http)} |`,
  );
  return `# What calls end with

Each cell: code, reason, and whether the method was executed. Only what was not executed is tried
again whatever the method is; \`maybe\` is tried again where the method is idempotent. The suite in
\`test/rpc\` makes each of these happen over each transport, and holds it to this table.

| what happens | tcp | grpc | http |
|---|---|---|---|
${rows.join('\n')}
`;
}

function cell({ code, reason, executed }: RpcOutcome): string {
  return `${code}, ${reason}, **${executed}**`;
}
