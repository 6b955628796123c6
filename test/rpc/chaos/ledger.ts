import { loadServices, type RpcMessage } from '../../../shared/rpc/library.ts';

const PROTO = `
syntax = "proto3";
package test;
service Ledger {
  rpc Read(Entry) returns (Answer) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Write(Entry) returns (Answer);
}
message Entry { string id = 1; string doing = 2; bytes load = 3; }
message Answer { string id = 1; string by = 2; bytes load = 3; }`;

/** Whoever executes a call of it enters that in a file first, where it outlives its process. */
export const LEDGER = ledger();

/**
 * What a call is to do when it is entered: nothing more, take a while, wait for `SIGUSR2`, wait for
 * ever, answer at length, or fail; `refuse`: it fails before it is entered.
 */
export type Doing = '' | 'work' | 'wait' | 'hang' | 'big' | 'fail' | 'refuse';

export const BIG_BYTES = 256 * 1024;

/** What a server says of itself when it can be called. */
export interface LedgerPorts {
  readonly tcp: number;
  readonly grpc: number;
  readonly http: number;
}

/** How a server is started; what is left out is as listeners have it. */
export interface LedgerOptions {
  readonly payloadBytesMax?: number;
  readonly inFlightMax?: number;
  /** How long it lets calls end when it is told to stop. */
  readonly drainMs?: number;
}

/** `executed` before anything else is done, `aborted` when nobody waits for the answer any more. */
export type EntryKind = 'executed' | 'aborted';

export function entryOf(kind: EntryKind, id: string): string {
  return `${kind} ${id}`;
}

export function methodOf(name: string) {
  const method = LEDGER.methods.get(name);
  if (method === undefined) throw new Error(`the ledger has no method ${name}`);
  return method;
}

export function entry(
  id: string,
  doing: Doing = '',
  load: Uint8Array = new Uint8Array(),
): RpcMessage {
  return { id, doing, load };
}

function ledger() {
  const service = loadServices({ text: PROTO }).get('test.Ledger');
  if (service === undefined) throw new Error('the proto has no test.Ledger');
  return service;
}
