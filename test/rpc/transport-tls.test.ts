import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ClientTls } from '../../shared/rpc/client-tls.ts';
import { grpcTransport } from '../../shared/rpc/grpc/grpc-channel.ts';
import { listenGrpc } from '../../shared/rpc/grpc/grpc-listener.ts';
import { httpTransport } from '../../shared/rpc/http/http-channel.ts';
import { listenHttp } from '../../shared/rpc/http/http-listener.ts';
import type { ServerTls } from '../../shared/rpc/server-tls.ts';
import type { Dispatch, RpcListener, RpcTransport } from '../../shared/rpc/transport.ts';
import { TlsFiles } from '../support/tls-files.ts';
import { ECHO_METHODS, EchoService } from './echo-service.ts';
import { request } from './transport-contract.ts';

interface TlsRig {
  readonly name: string;
  transport(tls: ClientTls | null): RpcTransport;
  listen(dispatch: Dispatch, tls: ServerTls): Promise<RpcListener>;
}

const RIGS: readonly TlsRig[] = [
  {
    name: 'grpc',
    transport: (tls) => grpcTransport({ tls }),
    listen: (dispatch, tls) =>
      listenGrpc(dispatch, { methods: ECHO_METHODS, tls, host: '0.0.0.0' }),
  },
  {
    name: 'http',
    transport: (tls) => httpTransport({ tls }),
    listen: (dispatch, tls) => listenHttp(dispatch, { tls, host: '0.0.0.0' }),
  },
];

let files: TlsFiles;
let pem: { readonly ca: string; readonly cert: string; readonly key: string };
beforeAll(async () => {
  files = await TlsFiles.make();
  const read = (path: string) => readFileSync(path, 'utf8');
  const { ca, cert, key } = files.paths;
  pem = { ca: read(ca), cert: read(cert), key: read(key) };
});
afterAll(() => files.remove());

const closings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

describe.each(RIGS)('TLS of $name', (rig) => {
  const serve = async (tls: ServerTls) => {
    const service = new EchoService();
    const listener = await rig.listen(service.dispatch, tls);
    closings.push(() => listener.drain(0));
    return { service, address: listener.address.replace('0.0.0.0', '127.0.0.1') };
  };
  const ask = async (address: string, tls: ClientTls | null) => {
    const channel = rig.transport(tls).channel(address);
    closings.push(() => channel.close());
    const { payload } = await channel.call(request('Echo'));
    return Buffer.from(payload).toString();
  };

  it('carries calls to a server whose authority is known', async () => {
    const { address } = await serve(pem);
    expect(await ask(address, { ca: pem.ca })).toBe('hello');
  });

  it('does not carry them to one whose authority is not', async () => {
    const { service, address } = await serve(pem);
    await expect(ask(address, { ca: null })).rejects.toMatchObject({
      ...{ code: 'unavailable', reason: 'service_unavailable', executed: 'no' },
    });
    await expect(ask(address, null)).rejects.toMatchObject({ code: 'unavailable' });
    expect(service.calls).toHaveLength(0);
  });

  it('does not carry them to one whose certificate is of another name', async () => {
    const { service, address } = await serve(pem);
    const tls = { ca: pem.ca, serverName: 'other.example' };
    await expect(ask(address, tls)).rejects.toMatchObject({ code: 'unavailable', executed: 'no' });
    const port = address.slice(address.lastIndexOf(':'));
    await expect(ask(`127.0.0.2${port}`, { ca: pem.ca })).rejects.toMatchObject({ executed: 'no' });
    await expect(ask(`localhost${port}`, { ca: pem.ca })).rejects.toMatchObject({ executed: 'no' });
    expect(service.calls).toHaveLength(0);
  });

  it('asks clients for their certificate, where that is wanted', async () => {
    const { service, address } = await serve({ ...pem, clientCa: pem.ca });
    const { ca, cert, key } = pem;
    expect(await ask(address, { ca, cert, key })).toBe('hello');
    await expect(ask(address, { ca })).rejects.toMatchObject({ code: 'unavailable' });
    expect(service.calls).toHaveLength(1);
  });
});
