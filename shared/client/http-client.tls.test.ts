import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLIENTS, HttpClientRig } from '../../test/support/http-client-rig.ts';

describe.each(CLIENTS)('$name over TLS', ({ create }) => {
  let dir: string;
  let cert: Buffer;
  let key: Buffer;
  let rig: HttpClientRig;
  /** Bytes of bodies that servers got. */
  let posted = 0;

  beforeEach(() => {
    posted = 0;
  });

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'tls-'));
    ({ cert, key } = makeCertificate(dir));
  });

  afterEach(() => rig.close());

  afterAll(() => rmSync(dir, { recursive: true }));

  /** The URL of a server that wants to see a certificate, too. */
  async function serveTls(): Promise<string> {
    const options = { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true };
    const server = createServer(options, (request, response) => {
      request.on('data', (chunk: Buffer) => (posted += chunk.length));
      request.on('end', () => response.end('safe'));
    });
    return `https://localhost:${await rig.listen(server)}`;
  }

  it('trusts an authority that it is given, and shows its own certificate', async () => {
    rig = new HttpClientRig(create, { ca: cert.toString(), cert, key });

    expect(await rig.ask(await serveTls())).toMatchObject({ body: 'safe' });
  });

  it('posts a large body', async () => {
    rig = new HttpClientRig(create, { ca: cert.toString(), cert, key });
    const body = Buffer.alloc(1_000_000, 'a');

    const answer = await rig.ask(await serveTls(), { method: 'POST', body });

    expect(answer.body).toBe('safe');
    expect(posted).toBe(body.length);
  });

  it('refuses a certificate of an authority that it does not know', async () => {
    rig = new HttpClientRig(create);
    const url = await serveTls();

    await expect(rig.ask(url)).rejects.toMatchObject({
      kind: 'unavailable',
      message:
        `Get "${url}": tls: failed to verify certificate: ` +
        'x509: certificate signed by unknown authority',
      details: { reached: false },
    });
  });

  it('says that a plain server is one', async () => {
    rig = new HttpClientRig(create);
    const url = await rig.serve((_request, response) => response.end());

    await expect(rig.ask(url.replace('http:', 'https:'))).rejects.toThrow(
      'http: server gave HTTP response to HTTPS client',
    );
  });
});

/** A certificate for localhost that is its own authority. */
function makeCertificate(dir: string): { cert: Buffer; key: Buffer } {
  const paths = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', paths.key, '-out', paths.cert],
    ],
    { stdio: 'ignore' },
  );
  return { cert: readFileSync(paths.cert), key: readFileSync(paths.key) };
}
