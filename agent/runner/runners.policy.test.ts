import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { linesIn } from '../../test/support/lines.ts';
import { RunnersRig } from '../../test/support/runners-rig.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import type { Policy } from './policy.ts';

const SECRET = 't0p secret/value';
const TOKEN = '$' + '{env:TOKEN}';
const NOBODY = { tag: '', url: '' };

let rig: RunnersRig;

afterEach(() => rig.remove());

function fileReference(path: string): string {
  return `$\{file:${path}}`;
}

/** All that the API can tell about the runners. */
function shown(): string {
  const { view } = rig.runners;
  return [view.configs(), view.statuses(NOBODY), view.errors(), rig.logged]
    .map((answer) => JSON.stringify(answer, (_, v: unknown) => (typeof v === 'bigint' ? 0 : v)))
    .join('\n');
}

describe('a secret from the environment', () => {
  it('reaches the sink, and is shown nowhere', async () => {
    rig = await RunnersRig.create({ env: { TOKEN: SECRET } });
    const asked: string[] = [];
    await using sink = await refusing((url) => asked.push(url));
    await rig.add('r1', {
      senders: [{ sender_type: 'http', http_sender_url: `${sink.url}/in?key=${TOKEN}` }],
    });
    await waitFor('an error', () => rig.status()?.error);

    expect(decodeURIComponent(asked[0] ?? '')).toBe(`/in?key=${SECRET}`);
    expect(rig.status()?.error).toContain('answered with status 500');
    expect(shown()).toContain(TOKEN);
    expect(shown()).not.toContain(SECRET);
    expect(shown()).not.toContain(encodeURI(SECRET));
    expect(JSON.stringify(await rig.kept())).toContain(TOKEN);
  });

  it.each<{ name: string; change: object }>([
    { name: 'an option of the reader', change: { reader: { mode: 'file', log_path: TOKEN } } },
    {
      name: 'an option that must be a number',
      change: {
        reader: { mode: 'file', log_path: '/x', max_open_files: TOKEN },
      },
    },
    {
      name: 'an option of a sender',
      change: {
        senders: [{ sender_type: 'http', http_sender_url: 'x', http_sender_timeout: TOKEN }],
      },
    },
    { name: 'the type of the parser', change: { parser: { type: TOKEN } } },
    { name: 'an option of a transform', change: { transforms: [{ type: TOKEN }] } },
  ])('is not in the refusal of $name', async ({ change }) => {
    rig = await RunnersRig.create({ env: { TOKEN: SECRET } });
    const refusal = await rig.add('r1', change).catch((error: unknown) => error);

    expect(refusal).toMatchObject({ message: expect.stringContaining('NewRunner(r1) failed') });
    expect(String(refusal)).not.toContain(SECRET);
  });

  it('reaches a transform in an option that is secret', async () => {
    rig = await RunnersRig.create({ env: { TOKEN: SECRET } });
    await rig.add('r1', { transforms: [{ type: 'hash', key: 'raw', secret: TOKEN }] });
    const [first] = await waitFor('a line', async () => {
      const lines = await linesIn(rig.sink());
      return lines.length > 0 ? lines : undefined;
    });
    const [line = ''] = await linesIn(rig.source);

    expect(first).toBe(createHmac('sha256', SECRET).update(`${line}\n`).digest('hex'));
    expect(shown()).not.toContain(SECRET);
  });

  it('that is not set is refused by its name', async () => {
    rig = await RunnersRig.create();

    await expect(rig.add('r1', { parser: { type: 'raw', labels: TOKEN } })).rejects.toThrow(
      'the environment variable "TOKEN" is not set',
    );
    expect(rig.runners.view.names()).toEqual([]);
  });
});

describe('a secret from a file', () => {
  it('is read where the policy allows it, and from nowhere else', async () => {
    const dir = await realpath(await mkdtemp(join(tmpdir(), 'secrets-')));
    onTestFinished(() => rm(dir, { recursive: true }));
    const allowed = join(dir, 'allowed');
    await mkdir(allowed);
    await writeFile(join(allowed, 'key'), 'team infra\n');
    await writeFile(join(dir, 'key'), 'team spies\n');
    await writeFile(join(allowed, 'app.log'), '{}\n');
    await symlink(join(dir, 'key'), join(allowed, 'link'));
    rig = await RunnersRig.create({ policy: { readPaths: [allowed] } });
    const withKey = (path: string) => ({
      reader: { mode: 'file', log_path: join(allowed, 'app.log') },
      parser: { type: 'json', labels: fileReference(path) },
      senders: [{ sender_type: 'file', file_send_path: rig.sink() }],
    });

    for (const path of ['key', 'allowed/../key', 'allowed/link']) {
      await expect(rig.add('r1', withKey(join(dir, path)))).rejects.toMatchObject({
        kind: 'forbidden',
        message: expect.stringContaining('is not allowed on this machine: policy.read_paths'),
      });
    }
    await expect(rig.add('r1', withKey(`${allowed}/../key`))).rejects.toThrow('is not allowed');
    await rig.add('r1', withKey(join(allowed, 'key')));
    await waitFor('the record', async () => (await rig.lines()).length === 1);
    expect(await rig.lines()).toEqual(['{"team":"infra"}']);
  });
});

describe('the redaction marker', () => {
  const url = (password: string) => `http://me:${password}@127.0.0.1:1/in`;

  function withUrl(password: string) {
    const sender = { sender_type: 'http', http_sender_url: url(password), auth_token: 't0p' };
    return { senders: [sender], is_stopped: true };
  }

  it('means "as it was" when what was read is sent back', async () => {
    rig = await RunnersRig.create();
    await rig.add('r1', withUrl('hidden'));
    const read = rig.runners.view.config('r1');
    expect(JSON.stringify(read)).not.toMatch(/hidden|t0p/);
    await rig.runners.update('r1', RunnerConfig.parse({ ...read, batch_len: 5 }), false);

    expect(await rig.kept()).toMatchObject({
      batch_len: 5,
      senders: [{ http_sender_url: url('hidden'), auth_token: 't0p' }],
    });
  });

  it('is refused where nothing is stored that it could mean', async () => {
    rig = await RunnersRig.create();

    await expect(rig.add('r1', withUrl('******'))).rejects.toThrow(
      'stands for a secret that is not stored here',
    );
    await expect(rig.add('r1', { cleaner: { token: '******' }, is_stopped: true })).rejects.toThrow(
      'stands for a secret',
    );
  });
});

describe('the policy of this machine', () => {
  it.each<{ what: string; policy: Partial<Policy>; says: string }>([
    {
      what: 'read',
      policy: { readPaths: ['/var/log'] },
      says: 'policy.read_paths allows /var/log',
    },
    {
      what: 'written',
      policy: { writePaths: ['/var/out', '/srv'] },
      says: 'policy.write_paths allows /var/out, /srv',
    },
    { what: 'used', policy: { senders: ['http'] }, says: 'policy.senders allows http' },
  ])('refuses what may not be $what', async ({ policy, says }) => {
    rig = await RunnersRig.create({ policy });

    await expect(rig.add()).rejects.toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining(`is not allowed on this machine: ${says}`),
    });
    expect(rig.runners.view.names()).toEqual([]);
  });

  it.each(['file', 'dir', 'tailx', 'dirx', 'fileauto'])(
    'refuses positions of logkit outside of what may be read: %s',
    async (mode) => {
      const dir = await realpath(await mkdtemp(join(tmpdir(), 'meta-')));
      onTestFinished(() => rm(dir, { recursive: true }));
      await writeFile(join(dir, 'app.log'), '');
      rig = await RunnersRig.create({ policy: { readPaths: [dir] } });
      const log_path = mode === 'file' ? join(dir, 'app.log') : dir;
      const reader = { mode, log_path, meta_path: join(dir, '..', 'elsewhere') };

      await expect(rig.add('r1', { reader })).rejects.toMatchObject({
        kind: 'forbidden',
        message: expect.stringContaining('policy.read_paths'),
      });
      await rig.add('r1', { reader: { ...reader, meta_path: join(dir, 'meta') } });
    },
  );

  it('keeps runners from writing to the program’s own files', async () => {
    rig = await RunnersRig.create();
    for (const path of [join(rig.restDir, 'r9.conf'), join(rig.dir, 'data', 'agent.json')]) {
      await expect(
        rig.add('r1', { senders: [{ sender_type: 'file', file_send_path: path }] }),
      ).rejects.toMatchObject({
        kind: 'forbidden',
        message: expect.stringContaining('belongs to logkit-fleet itself'),
      });
    }
    expect(await readdir(rig.dir)).not.toContain('rest');
  });
});

/** A server that refuses whatever comes. */
async function refusing(onUrl: (url: string) => void): Promise<AsyncDisposable & { url: string }> {
  const server: Server = createServer((request, response) => {
    onUrl(request.url ?? '');
    response.writeHead(500).end(`cannot take ${request.url ?? ''}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
