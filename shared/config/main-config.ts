import { z } from 'zod';
import { normalizeAgentUrl } from '../domain/agent-url.ts';
import { goDurationMs } from '../domain/go-duration.ts';
import { compileGoLayout } from '../domain/go-time.ts';
import { messageOf } from '../kernel/errors.ts';
import { namePatternProblem } from '../schedule/name-pattern.ts';
import { parseBindHost } from './bind-host.ts';
import { DiscoveryConfig } from './discovery-config.ts';
import { AgentUrl, flag, int, items, list, secret, Text, text, urlProblem } from './key-types.ts';
import { StoreConfig } from './store-config.ts';

/**
 * The main configuration. This is the one place that knows its keys: names, types, defaults and
 * meanings here become the checks, the JSON Schema for editors, the environment variables and the
 * table in the README. Every key has a description; every key but `confs_path` has a default.
 *
 * After `loadMainConfig` every path in it is absolute, and no '' or 0 that stands for "choose one"
 * is left but in `bind_host`, `cluster.address`, `cluster.tag`, `store` and where it means "off".
 */

const address = (description: string) =>
  Text.refine((value) => value === '' || parseBindHost(value) !== null, {
    error: ({ input }) =>
      `${JSON.stringify(input)} is no address; write host:port, [v6]:port, :port or nothing`,
  })
    .default('')
    .meta({ description });

const Duration = Text.refine((value) => (goDurationMs(value) ?? 0) >= 1_000, {
  error: ({ input }) =>
    `${JSON.stringify(input)} is no duration of at least a second; write one such as "10m" or "1h30m"`,
});

/** A host name or address, with `*` for any part of it, or a CIDR range; a port may follow. */
const HostPattern = z.string().regex(/^[\w.*:[\]/-]+$/, {
  error: ({ input }) =>
    `${JSON.stringify(input)} is no host pattern; write one such as "10.0.0.0/8" or "*.example.org"`,
});

const TimeLayout = Text.refine((layout) => layoutProblem(layout) === null, {
  error: ({ input }) => layoutProblem(String(input)) ?? '',
});

const TIMEOUT_MS = [10, 600_000] as const;

const TimeoutMs = z.preprocess(
  (given) => (typeof given === 'number' ? { read: given, write: given } : given),
  z.object({
    read: int(5_000, TIMEOUT_MS, 'How long a master waits for an agent that it asks, in ms.'),
    write: int(10_000, TIMEOUT_MS, 'How long a master waits for an agent that it commands, in ms.'),
  }),
);

const Cluster = z.object({
  enable: flag(false, 'Take part in a cluster. Masters and agents both need it.'),
  is_master: flag(false, 'Be a master: know the agents and command them.'),
  master_url: items(AgentUrl)
    .default([])
    .meta({
      description:
        'The masters that heartbeats go to. Needed unless this is a master or has `cluster.discovery`; a master that lists itself is an agent of its own, too.',
      examples: [['http://192.168.0.2:3000']],
    }),
  address: Text.refine((url) => url === '' || urlProblem(url) === null, {
    abort: true,
    error: ({ input }) => urlProblem(String(input)) ?? '',
  })
    .overwrite((url) => (url === '' ? '' : normalizeAgentUrl(url)))
    .default('')
    .meta({
      description: 'The URL at which masters reach this agent. Empty: made from `bind_host`.',
    }),
  tag: text('', 'The tag this agent starts with. Empty: `default`.'),
  secret: secret(
    'What masters and agents show each other; the same on all. Empty: they trust everybody. May be `${env:NAME}` or `${file:PATH}`.',
  ),
  allow: list(
    HostPattern,
    'The hosts at which a master calls agents: names with `*`, addresses, CIDR ranges. Empty: all but link-local and cloud metadata addresses.',
    ['10.0.0.0/8'],
  ),
  timeout_ms: TimeoutMs.prefault({}).meta({
    description: 'Time limits of calls to agents, in ms; one number sets both.',
  }),
  discovery: DiscoveryConfig.prefault({}),
  heartbeat_ms: int(15_000, [100, 600_000], 'How often the agent sends its heartbeat, in ms.'),
});

const Auth = z.object({
  token: secret(
    'The token that people and scripts must send (`Authorization: Bearer ...`). Empty: everybody may do everything. May be `${env:NAME}` or `${file:PATH}`.',
  ),
  accounts: flag(
    false,
    'Have people log in at this master: whoever calls `/logkit/*` needs a token of a user, `auth.token` or `cluster.secret`. See docs/auth.md.',
  ),
  token_minutes: int(60, [1, 1_440], 'How long tokens of users and clients last, in minutes.'),
  key_days: int(30, [1, 3_650], 'How often a new key begins to sign tokens, in days.'),
});

const Registry = z.object({
  http_status: flag(
    false,
    'Answer `/auth/*` and `/registry/*` with the HTTP status that goes with the code. False: always with 200, unless a call has the header `X-Http-Status: true`.',
  ),
  prefix: Text.min(1).default('/aio/registry').meta({
    description:
      'What the keys of the registry begin with, behind `store.prefix`; the same on all masters.',
  }),
  lease_ttl_seconds: int(
    30,
    [1, 86_400],
    'How long an instance of a service stays up without a renewal, in seconds.',
  ),
  retention_hours: int(
    0,
    [0, 87_600],
    'So long instances that are offline are kept, in hours. 0: until they are unregistered.',
  ),
  protection: z
    .object({
      percent: int(
        30,
        [0, 100],
        'Nothing expires while more than so many percent of all leases have ended at once. 100: off.',
      ),
      least_instances: int(
        10,
        [0, 1_000_000],
        'With so few ended leases or fewer the instances expire all the same.',
      ),
      minutes: int(15, [0, 10_080], 'After so long they expire all the same, in minutes.'),
    })
    .prefault({}),
});

const Tls = z.object({
  cert: text('', 'Certificate file (PEM). With `tls.key` it makes the server speak https.'),
  key: text('', 'Key file (PEM) of `tls.cert`.'),
  ca: text('', 'Certificate authorities (PEM) to trust besides the built-in ones.'),
});

const Policy = z.object({
  read_paths: list(Text.min(1), 'Folders that runners may read from. Empty: all.', ['/var/log']),
  write_paths: list(Text.min(1), 'Folders that runners may write to. Empty: all.', ['/srv/out']),
  senders: list(Text.min(1), 'Sender types that runners may use. Empty: all.', ['file', 'http']),
  script: flag(false, 'Let runners start programs (the `script` reader).'),
});

export const MainConfig = z
  .object({
    $schema: Text.optional().meta({ description: 'Where editors find the schema of this file.' }),
    max_procs: int(
      0,
      [0, 1_024],
      'How many threads work with files at once; at least 4. 0: as many as there are CPUs.',
    ),
    batch_memory_mb: int(
      192,
      [16, 65_536],
      'Megabytes that all runners together may hold in batches. The more runners are at work, the smaller are the batches of each (not below 64 KiB).',
    ),
    debug_level: int(
      0,
      [0, 4],
      'How little to log: 0 debug, 1 info, 2 warnings, 3 errors, 4 fatal.',
    ),
    bind_host: address(
      'Where to listen: `host:port`, `[v6]:port`, `:port`. Empty: the first free port from 4000 up, on all interfaces.',
    ),
    profile_host: address('Where to offer profiles: `host:port`. Empty: nowhere.'),
    log: text(
      '',
      "The program's own log. Empty: `./run/logkit-fleet.log`; with a configuration file of another name than `logkit.conf.json`, `./run/<that name>.log`.",
    ),
    clean_self_log: flag(false, "Delete old files of the program's own log."),
    clean_self_dir: text('./run', 'Where the old files lie.'),
    clean_self_pattern: Text.refine((pattern) => namePatternProblem(pattern) === null, {
      error: ({ input }) => namePatternProblem(String(input)) ?? '',
    })
      .default('*.log-*')
      .meta({ description: 'Which names the old files have; `*` stands for anything.' }),
    clean_self_duration: Duration.default('10m').meta({
      description: 'How often to look for old files, such as `10m` or `1h30m`.',
    }),
    clean_self_cnt: int(5, [0, 100_000], 'How many of the old files to keep, the newest.'),
    timeformat_layouts: list(TimeLayout, 'More layouts of times, in the notation of Go.', [
      '[02/Jan/2006:15:04:05 -0700]',
    ]),
    static_root_path: text('', "Folder of the web pages. Empty: the program's own `public`."),
    plugins_dir: text(
      '',
      'Folder of plugins of your own, which are loaded at the start. Empty: none.',
    ),
    confs_path: items(Text.min(1)).meta({
      description:
        'Folders (patterns are allowed) whose `.conf` files are runners; they are watched.',
      examples: [['confs', '/home/me/*/confs']],
    }),
    rest_dir: text(
      '',
      'Folder of the runners that were added over the API. Empty: `./.logkitconfs`; with a configuration file of another name than `logkit.conf.json`, a folder of that name in it.',
    ),
    disable_web: flag(false, 'Open no port at all. Not together with `cluster.enable`.'),
    audit_dir: text('./logkit_audit', 'Folder of the audit logs of runners with `log_audit`.'),
    idc: text('', 'The data centre of this machine, for display.'),
    zone: text('', 'The zone of this machine, for display.'),
    data_dir: text(
      '',
      "Folder of the program's own state. Empty: `./data/` and the name of the configuration file.",
    ),
    cluster: Cluster.prefault({}),
    store: StoreConfig.prefault({}),
    auth: Auth.prefault({}),
    registry: Registry.prefault({}),
    tls: Tls.prefault({}),
    policy: Policy.prefault({}),
  })
  .superRefine((config, context) => {
    const tell: Tell = (path, message) =>
      context.addIssue({ code: 'custom', path: [...path], message });
    tellOfCluster(config, tell);
    tellOfAccounts(config, tell);
    tellOfTls(config.tls, tell);
  });
export type MainConfig = Readonly<z.infer<typeof MainConfig>>;

type Tell = (path: readonly string[], message: string) => void;

interface ClusterParts {
  readonly cluster: z.output<typeof Cluster>;
  readonly auth: z.output<typeof Auth>;
  readonly disable_web: boolean;
}

function tellOfCluster({ cluster, disable_web }: ClusterParts, tell: Tell): void {
  const isDiscovering = cluster.discovery.urls.length > 0;
  if (isDiscovering && !cluster.enable) {
    tell(['cluster', 'discovery'], 'is for a cluster; make cluster.enable true, or remove it');
  }
  const isAlone = cluster.master_url.length === 0 && !isDiscovering;
  if (cluster.enable && !cluster.is_master && isAlone) {
    tell(
      ['cluster', 'master_url'],
      'is empty, and this is no master; write ["http://<host of the master>:<port>"]',
    );
  }
  if (cluster.enable && disable_web) {
    tell(
      ['disable_web'],
      'true cannot go with cluster.enable true, for masters must reach this agent; make one of them false',
    );
  }
}

function tellOfAccounts({ cluster, auth }: ClusterParts, tell: Tell): void {
  if (!auth.accounts) return;
  if (!(cluster.enable && cluster.is_master)) {
    tell(
      ['auth', 'accounts'],
      'true is for masters; make cluster.enable and cluster.is_master true, or it false',
    );
  } else if (cluster.secret === '') {
    tell(
      ['auth', 'accounts'],
      'true needs a cluster.secret, by which masters and agents know each other; set one',
    );
  }
}

function tellOfTls({ cert, key }: z.output<typeof Tls>, tell: Tell): void {
  if (cert !== '' && key === '') {
    tell(['tls', 'key'], 'is missing though tls.cert is given; write the path of its key');
  }
  if (key !== '' && cert === '') {
    tell(['tls', 'cert'], 'is missing though tls.key is given; write the path of its certificate');
  }
}

function layoutProblem(layout: string): string | null {
  try {
    compileGoLayout(layout);
    return null;
  } catch (thrown) {
    return `${messageOf(thrown)}; write one such as "2006-01-02 15:04:05"`;
  }
}
