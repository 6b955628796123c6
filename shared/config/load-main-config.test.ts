import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFIG_FILE, ConfigRig } from '../../test/support/config-rig.ts';
import { loadMainConfig } from './load-main-config.ts';

let rig: ConfigRig;
beforeEach(async () => {
  rig = await ConfigRig.create();
});
afterEach(() => rig.remove());

describe('loadMainConfig', () => {
  it('needs nothing but confs_path', async () => {
    const { config, file, warnings } = await rig.load({ confs_path: ['confs'] });

    expect(warnings).toEqual([]);
    expect(file).toBe(rig.path(CONFIG_FILE));
    expect(config).toEqual({
      max_procs: availableParallelism(),
      batch_memory_mb: 192,
      debug_level: 0,
      bind_host: '',
      profile_host: '',
      log: rig.path('run/logkit-fleet.log'),
      clean_self_log: false,
      clean_self_dir: rig.path('run'),
      clean_self_pattern: '*.log-*',
      clean_self_duration: '10m',
      clean_self_cnt: 5,
      timeformat_layouts: [],
      static_root_path: '/program/public',
      plugins_dir: '',
      confs_path: [rig.path('confs')],
      rest_dir: rig.path('.logkitconfs'),
      disable_web: false,
      audit_dir: rig.path('logkit_audit'),
      idc: '',
      zone: '',
      data_dir: rig.path('data/logkit'),
      cluster: {
        enable: false,
        is_master: false,
        master_url: [],
        address: '',
        tag: '',
        secret: '',
        allow: [],
        timeout_ms: { read: 5_000, write: 10_000 },
        discovery: {
          ...{ urls: [], client_id: '', client_secret: '', enrol_token: '' },
          service: 'logkit-master',
        },
        heartbeat_ms: 15_000,
      },
      store: {
        ...{ type: '', url: '', prefix: '', path: '' },
        tls: { ca: '', cert: '', key: '', insecure: false },
      },
      auth: { token: '', accounts: false, token_minutes: 60, key_days: 30 },
      registry: {
        ...{ http_status: false, prefix: '/aio/registry' },
        ...{ lease_ttl_seconds: 30, retention_hours: 0 },
        protection: { percent: 30, least_instances: 10, minutes: 15 },
      },
      tls: { cert: '', key: '', ca: '' },
      policy: { read_paths: [], write_paths: [], senders: [], script: false },
    });
  });

  it("takes the original's configuration with its # comments", async () => {
    const { config, warnings } = await rig.load(`{
      "max_procs": 8,                  # all of them
      "debug_level": 1,
      "bind_host":"127.0.0.1:4000",
      "profile_host":"localhost:6060",
      "clean_self_log":true,
      "clean_self_dir":"./run",
      "clean_self_pattern":"*.log-*",
      "clean_self_cnt":5,
      "rest_dir":"./.logkitconfs",
      "static_root_path":"./public",
      "timeformat_layouts":["[02/Jan/2006:15:04:05 -0700]"],
      "confs_path": ["confs","confs2", "/home/me/*/confs"],
      "cluster": {
        "master_url": ["192.168.0.2:3000"],
        "is_master": false,
        "enable": true
      }
    }`);

    expect(warnings).toEqual([]);
    expect(config.max_procs).toBe(8);
    expect(config.static_root_path).toBe(rig.path('public'));
    expect(config.confs_path).toEqual([rig.path('confs'), rig.path('confs2'), '/home/me/*/confs']);
    expect(config.cluster.master_url).toEqual(['http://192.168.0.2:3000']);
  });

  it('writes addresses in their one spelling and paths in full', async () => {
    const { config } = await rig.load({
      confs_path: [],
      cluster: { master_url: ['A:1/', 'https://b:2'], address: 'Me:3' },
      tls: { cert: 'c.pem', key: '/k.pem' },
      policy: { read_paths: ['in'], write_paths: ['/out'] },
    });

    expect(config.cluster.master_url).toEqual(['http://a:1', 'https://b:2']);
    expect(config.cluster.address).toBe('http://me:3');
    expect(config.tls).toEqual({ cert: rig.path('c.pem'), key: '/k.pem', ca: '' });
    expect(config.policy.read_paths).toEqual([rig.path('in')]);
    expect(config.policy.write_paths).toEqual(['/out']);
  });

  it('takes the folder it runs in as it is named, and patterns as patterns', async () => {
    const odd = rig.path('logs [1]*{a}');
    await mkdir(odd);
    await writeFile(join(odd, CONFIG_FILE), '{"confs_path": ["conf*"]}');

    const { config } = loadMainConfig({
      file: CONFIG_FILE,
      env: {},
      cwd: odd,
      programDir: '/p',
    });

    expect(config.confs_path).toEqual([rig.path('logs [[]1][*][{]a}/conf*')]);
  });

  it.each([
    { given: 250, read: 250, write: 250 },
    { given: { read: 20 }, read: 20, write: 10_000 },
    { given: {}, read: 5_000, write: 10_000 },
  ])('reads time limits of $given', async ({ given, read, write }) => {
    const { config } = await rig.load({ confs_path: [], cluster: { timeout_ms: given } });
    expect(config.cluster.timeout_ms).toEqual({ read, write });
  });

  it.each([
    { file: 'logkit.conf.json', dir: 'data/logkit' },
    { file: 'master.json', dir: 'data/master' },
    { file: 'agent-2.conf', dir: 'data/agent-2' },
    { file: 'plain', dir: 'data/plain' },
  ])('keeps the state of $file in $dir', async ({ file, dir }) => {
    const { config } = await rig.load({ confs_path: [] }, {}, file);
    expect(config.data_dir).toBe(rig.path(dir));
  });
});

describe('a variable LOGKIT_<KEY>', () => {
  it('goes before the file', async () => {
    const { config, warnings } = await rig.load(
      { confs_path: ['a'], bind_host: ':1', cluster: { tag: 'file' } },
      {
        LOGKIT_BIND_HOST: '127.0.0.1:2',
        LOGKIT_CONFS_PATH: '/b, /c/*',
        LOGKIT_CLUSTER_ENABLE: 'true',
        LOGKIT_CLUSTER_MASTER_URL: 'm1:3000,m2:3000',
        LOGKIT_CLUSTER_TIMEOUT_MS_READ: '77',
        LOGKIT_TIMEFORMAT_LAYOUTS: '["Jan 2, 2006"]',
        LOGKIT_POLICY_SENDERS: '',
      },
    );

    expect(warnings).toEqual([]);
    expect(config.bind_host).toBe('127.0.0.1:2');
    expect(config.confs_path).toEqual(['/b', '/c/*']);
    expect(config.cluster).toMatchObject({
      enable: true,
      tag: 'file',
      master_url: ['http://m1:3000', 'http://m2:3000'],
      timeout_ms: { read: 77, write: 10_000 },
    });
    expect(config.timeformat_layouts).toEqual(['Jan 2, 2006']);
    expect(config.policy.senders).toEqual([]);
  });

  it.each([
    {
      env: { LOGKIT_MAX_PROCS: 'many' },
      says: 'LOGKIT_MAX_PROCS: "many" is not a whole number from 0 to 1024; write a number such as 0',
    },
    {
      env: { LOGKIT_CLUSTER_ENABLE: '' },
      says: 'LOGKIT_CLUSTER_ENABLE: is empty; write true or false',
    },
    {
      env: { LOGKIT_CLUSTER_ALLOW: '10.0.0.0/8,a b' },
      says: 'LOGKIT_CLUSTER_ALLOW: "a b" is no host pattern; write one such as "10.0.0.0/8" or "*.example.org"',
    },
    {
      env: { LOGKIT_CONFS_PATH: '[oops' },
      says: 'LOGKIT_CONFS_PATH: "[oops" is not a list; write a list such as ["confs","/home/me/*/confs"]',
    },
    {
      env: { LOGKIT_AUTH_TOKEN: '${env:NOPE}' },
      says: 'LOGKIT_AUTH_TOKEN: ${env:NOPE}: the environment variable "NOPE" is not set; set it before the start',
    },
  ])('is named when it is wrong: $says', async ({ env, says }) => {
    expect(await rig.problem({ confs_path: [] }, env)).toBe(says);
  });

  it('cannot hide that a group of the file is none', async () => {
    const message = await rig.problem({ confs_path: [], tls: 5 }, { LOGKIT_TLS_CERT: 'a' });
    expect(message).toBe(`${CONFIG_FILE}: tls: 5 is not a group of keys; write { ... }`);
  });

  it('is warned about when it is nearly a key, and left alone when it is something else', async () => {
    const env = { LOGKIT_BIND_HOSTS: ':1', LOGKIT_SERVICE_PORT: '80', LOGKIT_LAUNCHED: '1' };
    const { warnings } = await rig.load({ confs_path: [] }, env);

    expect(warnings).toEqual([
      'LOGKIT_BIND_HOSTS: overrides no key and has no effect; did you mean LOGKIT_BIND_HOST?',
    ]);
  });
});

describe('a secret', () => {
  it('may come from a variable or a file', async () => {
    await writeFile(rig.path('token'), 't0ken\n');
    const { config } = await rig.load(
      {
        confs_path: [],
        auth: { token: '${file:token}' },
        cluster: { secret: 'a-${env:FLEET_SECRET}' },
      },
      { FLEET_SECRET: 's3cret' },
    );

    expect(config.auth.token).toBe('t0ken');
    expect(config.cluster.secret).toBe('a-s3cret');
  });

  it.each([
    {
      token: '${env:UNSET}',
      says: `${CONFIG_FILE}: auth.token: \${env:UNSET}: the environment variable "UNSET" is not set; set it before the start`,
    },
    {
      token: '${env:EMPTY}',
      says: `${CONFIG_FILE}: auth.token: "\${env:EMPTY}" is empty; give it a value, or remove the key`,
    },
    {
      token: '${file:absent}',
      says: `${CONFIG_FILE}: auth.token: \${file:absent}: the file cannot be used (ENOENT); name a readable file that holds the secret`,
    },
    {
      token: 'two words',
      says: `${CONFIG_FILE}: auth.token: the value cannot stand in an HTTP header; use letters, digits and signs of ASCII without blanks`,
    },
  ])('is refused when it is none: $token', async ({ token, says }) => {
    expect(await rig.problem({ confs_path: [], auth: { token } }, { EMPTY: ' ' })).toBe(says);
  });
});

describe('the store for shared work', () => {
  it('is told by its type, with its URL as a secret and its paths in full', async () => {
    await writeFile(rig.path('password'), 'p%40ss\n');
    const redis = await rig.load(
      {
        confs_path: [],
        store: {
          type: 'redis',
          url: 'rediss://me:${file:password}@${env:REDIS_HOST}:6390/2',
          tls: { ca: 'ca.pem', cert: 'c.pem', key: 'k.pem' },
        },
      },
      { REDIS_HOST: 'cache.example.org' },
    );
    const sqlite = await rig.load({ confs_path: [], store: { type: 'sqlite', path: 'shared.db' } });

    const [ca, cert, key] = ['ca.pem', 'c.pem', 'k.pem'].map((name) => rig.path(name));
    expect(redis.config.store).toEqual({
      ...{ type: 'redis', url: 'rediss://me:p%40ss@cache.example.org:6390/2' },
      ...{ prefix: '', path: '', tls: { ca, cert, key, insecure: false } },
    });
    expect(sqlite.config.store).toMatchObject({ type: 'sqlite', path: rig.path('shared.db') });
  });

  it('has a variable for each key', async () => {
    const { config } = await rig.load(
      { confs_path: [] },
      {
        LOGKIT_STORE_TYPE: 'etcd',
        LOGKIT_STORE_URL: 'https://a:2379,b:2379',
        LOGKIT_STORE_PREFIX: 'fleet',
        LOGKIT_STORE_TLS_INSECURE: 'true',
      },
    );

    expect(config.store).toEqual({
      ...{ type: 'etcd', url: 'https://a:2379,b:2379', prefix: 'fleet', path: '' },
      tls: { ca: '', cert: '', key: '', insecure: true },
    });
  });

  it.each([
    { address: 'redis-cluster:6379', url: 'redis://redis-cluster:6379' },
    { address: 'rediss://:pw@h/1', url: 'rediss://:pw@h/1' },
  ])('is the Redis of REDIS_ADDR=$address where nothing else is said', async ({ address, url }) => {
    const env = { REDIS_ADDR: address };
    const unsaid = await rig.load({ confs_path: [], store: { prefix: 'p' } }, env);
    const said = await rig.load({ confs_path: [], store: { type: 'sqlite' } }, env);
    const byVariable = await rig.load({ confs_path: [] }, { ...env, LOGKIT_STORE_TYPE: 'sqlite' });

    expect(unsaid.config.store).toMatchObject({ type: 'redis', url, prefix: 'p' });
    expect(said.config.store).toMatchObject({ type: 'sqlite', url: '' });
    expect(byVariable.config.store).toMatchObject({ type: 'sqlite', url: '' });
  });

  it.each([
    {
      env: { REDIS_ADDR: 'a b' },
      says: 'REDIS_ADDR: the value is no URL of redis; write one such as redis://127.0.0.1:6379/0',
    },
    {
      env: { LOGKIT_STORE_TYPE: 'redis', LOGKIT_STORE_URL: 'http://me:secret@h' },
      says: 'LOGKIT_STORE_URL: the value is no URL of redis; write one such as redis://127.0.0.1:6379/0',
    },
    {
      env: { LOGKIT_STORE_TYPE: 'redis', LOGKIT_STORE_URL: '${env:NOPE}' },
      says: 'LOGKIT_STORE_URL: ${env:NOPE}: the environment variable "NOPE" is not set; set it before the start',
    },
  ])('is refused with the variable that is wrong: $says', async ({ env, says }) => {
    expect(await rig.problem({ confs_path: [] }, env)).toBe(says);
  });
});
