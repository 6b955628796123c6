import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { freePort } from './fleet-process.ts';

export interface Snmpd {
  readonly address: string;
  stop(): Promise<void>;
}

/** A real snmpd on a free port: community `secret`; user `me` with SHA `authsecret` and AES `privsecret`. */
export async function startSnmpd(on?: number): Promise<Snmpd> {
  const dir = await mkdtemp(join(tmpdir(), 'snmpd-'));
  const port = on ?? (await freePort());
  const config = [
    `agentaddress udp:127.0.0.1:${port}`,
    ...['rocommunity secret', 'sysLocation here', 'sysServices 72'],
    ...['createUser me SHA authsecret AES privsecret', 'rouser me authpriv'],
  ];
  await writeFile(join(dir, 'snmpd.conf'), `${config.join('\n')}\n`);
  const args = ['-f', '-C', '-c', join(dir, 'snmpd.conf'), '-Le', '-p', join(dir, 'pid')];
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin`;
  const env = { ...process.env, PATH: path, SNMP_PERSISTENT_DIR: dir };
  const child = spawn('snmpd', args, { stdio: 'ignore', env });
  return {
    address: `127.0.0.1:${port}`,
    stop: async () => {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
      await rm(dir, { recursive: true });
    },
  };
}
