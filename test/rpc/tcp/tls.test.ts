import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TlsFiles } from '../../support/tls-files.ts';
import { echo, failureOf, RpcRig, request, textOf } from './support/rpc-rig.ts';

let files: TlsFiles;
let pem: { readonly ca: string; readonly cert: string; readonly key: string };
beforeAll(async () => {
  files = await TlsFiles.make();
  const read = (path: string) => readFileSync(path, 'utf8');
  const { ca, cert, key } = files.paths;
  pem = { ca: read(ca), cert: read(cert), key: read(key) };
});
afterAll(() => files.remove());

let rig = new RpcRig();
afterEach(async () => {
  await rig.end();
  rig = new RpcRig();
});

describe('R7: calls over TLS', () => {
  it('go to a server whose authority is known', async () => {
    const { address } = await rig.listen(echo, { tls: pem });
    const channel = rig.channel(address, { tls: { ca: pem.ca } });
    const calls = Array.from({ length: 50 }, () => channel.call(request()));
    expect(new Set((await Promise.all(calls)).map(textOf))).toEqual(new Set(['"ask"']));
  });

  it('do not go to one whose authority is not', async () => {
    const { address } = await rig.listen(rig.hold, { tls: pem });
    const channel = rig.channel(address, { tls: { ca: null } });
    expect(await failureOf(channel.call(request()))).toMatchObject({
      ...{ code: 'unavailable', reason: 'service_unavailable', executed: 'no' },
    });
    expect(rig.held).toHaveLength(0);
  });

  it('are taken from clients with a certificate, where one is asked for, and from no others', async () => {
    const { address } = await rig.listen(echo, { tls: { ...pem, clientCa: pem.ca } });
    const known = rig.channel(address, { tls: { ca: pem.ca, cert: pem.cert, key: pem.key } });
    expect(textOf(await known.call(request()))).toBe('"ask"');
    const stranger = rig.channel(address, { tls: { ca: pem.ca } });
    expect(await failureOf(stranger.call(request()))).toMatchObject({ code: 'unavailable' });
  });

  it('fail where the server speaks no TLS', async () => {
    const { address } = await rig.listen(echo);
    const channel = rig.channel(address, { tls: { ca: pem.ca } });
    expect(await failureOf(channel.call(request()))).toMatchObject({
      ...{ code: 'unavailable', executed: 'no' },
    });
  });
});
