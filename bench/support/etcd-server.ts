import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchContext } from './bench-case.ts';
import { debianProgram } from './debian-program.ts';
import { freePort } from './free-port.ts';
import { Program } from './program.ts';

/** Debian's etcd by itself, on a port of its own; null: it cannot be had. Gives its URL. */
export async function etcdServer(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<string | null> {
  const found = await debianProgram('etcd', 'etcd-server', context);
  if (found === null) return null;
  const dir = await mkdtemp(join(context.dir, 'etcd-'));
  const [url, peerUrl] = [await localUrl(), await localUrl()];
  const program = cleanup.use(
    new Program({
      ...{ command: found.command, cwd: dir, signal: context.signal },
      args: [
        ...['--data-dir', join(dir, 'data'), '--log-level', 'error'],
        ...['--listen-client-urls', url, '--advertise-client-urls', url],
        ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
        ...['--initial-cluster', `default=${peerUrl}`],
      ],
    }),
  );
  await program.ready(() => isHealthy(url));
  return url;
}

async function localUrl(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}

function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}
