import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePrivateCa, type PrivateCa } from './private-ca.ts';
import { giveToServers } from './server-process.ts';

/** Paths of a private authority and of a certificate of it, which a server may read. */
export class TlsFiles {
  readonly dir: string;
  readonly paths: PrivateCa;

  private constructor(dir: string) {
    this.dir = dir;
    this.paths = makePrivateCa(dir);
    for (const path of [dir, this.paths.cert, this.paths.key]) giveToServers(path);
  }

  static async make(): Promise<TlsFiles> {
    return new TlsFiles(await mkdtemp(join(tmpdir(), 'tls-')));
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }
}
