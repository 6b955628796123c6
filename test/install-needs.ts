import { spawnSync } from 'node:child_process';
import { accessSync, constants, globSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import process from 'node:process';

/**
 * Installs the programs of Debian that the tests use and that are not here, as root or by
 * `sudo -n`; names them where neither is possible.
 */
const NEEDS = [
  { program: 'openssl', debian: 'openssl', why: 'makes the certificates of the TLS tests' },
  { program: 'curl', debian: 'curl', why: 'runs the lines of docs/auth.md' },
  { program: 'jq', debian: 'jq', why: 'runs the lines of docs/auth.md' },
  { program: 'chromium', debian: 'chromium', why: 'opens the page' },
  { program: 'mariadbd', debian: 'mariadb-server', why: 'is read from and written to' },
  { program: 'initdb', debian: 'postgresql', why: 'is read from and written to' },
  { program: 'redis-server', debian: 'redis-server', why: 'is read from and written to' },
  { program: 'etcd', debian: 'etcd-server', why: 'keeps partitions' },
  { program: 'kcat', debian: 'kcat', why: 'is a broker of Kafka for the tests' },
  {
    // A module of Python's, which is here when its folder is.
    program: '/usr/lib/python3/dist-packages/grpc',
    debian: 'python3-grpcio',
    why: 'is a peer of the gRPC transport that is not ours',
  },
  { program: 'faketime', debian: 'faketime', why: 'sets the clock of the delivery tests' },
  { program: 'influxd', debian: 'influxdb', why: 'is written to by the sender influxdb' },
  { program: '/usr/sbin/snmpd', debian: 'snmpd', why: 'answers the snmp reader' },
  { program: 'journalctl', debian: 'systemd', why: 'reads the journal' },
  {
    program: '/lib/systemd/systemd-journal-remote',
    debian: 'systemd-journal-remote',
    why: 'writes the journal that the tests read',
  },
] as const;

const missing = NEEDS.filter(({ program }) => !isInstalled(program));
if (missing.length > 0) install(missing.map(({ debian }) => debian));
// One that this release of Debian does not have keeps all the others from being installed.
for (const { debian } of NEEDS.filter(({ program }) => !isInstalled(program))) install([debian]);

const still = NEEDS.filter(({ program }) => !isInstalled(program));
for (const { program, debian, why } of still) {
  process.stderr.write(`npm test needs ${program} (it ${why}): apt-get install ${debian}\n`);
}
if (still.length > 0) process.exitCode = 1;

function isInstalled(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...foldersAside()];
  const paths = isAbsolute(program) ? [program] : folders.map((folder) => join(folder, program));
  return paths.some((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Debian keeps these off the path. */
function foldersAside(): readonly string[] {
  return ['/usr/sbin', ...globSync('/usr/lib/postgresql/*/bin')];
}

function install(packages: readonly string[]): void {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  process.stdout.write(`installing ${packages.join(', ')} for the tests ...\n`);
  run([...sudo, 'apt-get', 'update', '-qq']);
  run([...sudo, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages]);
}

/** What fails here shows in what is still missing afterwards. */
function run([command = '', ...args]: readonly string[]): void {
  spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
