import { once } from 'node:events';
import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CallContext,
  listenGrpc,
  listenHttp,
  listenTcp,
  RpcError,
  type RpcListener,
  type RpcMessage,
  RpcServer,
} from '../../../shared/rpc/library.ts';
import { BIG_BYTES, entryOf, LEDGER, type LedgerOptions, type LedgerPorts } from './ledger.ts';

/**
 * `node ledger.process.ts <name> <file> <ports as JSON> <options as JSON>`: serves the ledger over all
 * transports, at ports of 127.0.0.1 (0: any that is free), which it tells as JSON when it does.
 * SIGUSR2: calls that wait go on. SIGTERM: it drains, and ends.
 */
const [name = '', path = '', wanted = '{}', given = '{}'] = process.argv.slice(2);
const ports: LedgerPorts = JSON.parse(wanted);
const { drainMs = 0, ...limits }: LedgerOptions = JSON.parse(given);
const WORK_MS = 20;

const file = openSync(path, 'a');
let open = Promise.withResolvers<undefined>();
process.on('SIGUSR2', () => {
  open.resolve(undefined);
  open = Promise.withResolvers();
});

async function execute({ id, doing }: RpcMessage, { signal }: CallContext): Promise<RpcMessage> {
  if (doing === 'refuse') throw new RpcError('unavailable', 'come later', { executed: 'no' });
  const entered = { id: String(id), by: name };
  // It is the system's when it is written: a process that is killed takes nothing of it along.
  writeSync(file, `${entryOf('executed', entered.id)}\n`);
  switch (doing) {
    case 'fail':
      throw new RpcError('not_found', 'no such entry');
    case 'big':
      return { ...entered, load: Buffer.alloc(BIG_BYTES) };
    case 'work':
      await sleep(WORK_MS);
      return entered;
    case 'wait':
      await open.promise;
      return entered;
    case 'hang':
      if (!signal.aborted) await once(signal, 'abort');
      writeSync(file, `${entryOf('aborted', entered.id)}\n`);
      return entered;
    default:
      return entered;
  }
}

const server = new RpcServer();
server.register(LEDGER, { Read: execute, Write: execute });
const { dispatch, methods } = server;
const at = (port: number) => ({ host: '127.0.0.1', port, ...limits });
const listeners = {
  tcp: await listenTcp(dispatch, at(ports.tcp)),
  grpc: await listenGrpc(dispatch, { ...at(ports.grpc), methods }),
  http: await listenHttp(dispatch, at(ports.http)),
};
const portOf = ({ address }: RpcListener) => Number(address.split(':').at(-1));
const { tcp, grpc, http } = listeners;
const bound: LedgerPorts = { tcp: portOf(tcp), grpc: portOf(grpc), http: portOf(http) };
process.stdout.write(`${JSON.stringify(bound)}\n`);

await new Promise<void>((resolve) => process.once('SIGTERM', () => resolve()));
await server.drain(drainMs);
await Promise.all(Object.values(listeners).map((listener) => listener.drain(drainMs)));
