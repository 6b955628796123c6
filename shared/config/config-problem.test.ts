import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFIG_FILE, ConfigRig } from '../../test/support/config-rig.ts';

let rig: ConfigRig;
beforeEach(async () => {
  rig = await ConfigRig.create();
});
afterEach(() => rig.remove());

describe('a problem of the configuration', () => {
  it.each([
    {
      given: { confs_path: [], cluster: { is_master: 'yes' } },
      says: `${CONFIG_FILE}: cluster.is_master: "yes" is not a boolean; write true or false`,
    },
    {
      given: { cluster: { enable: 1, is_master: 'x' } },
      says: `${CONFIG_FILE}: confs_path: is missing; write a list such as ["confs","/home/me/*/confs"] (and 2 more)`,
    },
    {
      given: { confs_path: 'confs' },
      says: `${CONFIG_FILE}: confs_path: "confs" is not a list; write a list such as ["confs","/home/me/*/confs"]`,
    },
    {
      given: { confs_path: ['a', 5] },
      says: `${CONFIG_FILE}: confs_path[1]: 5 is not text; write text in double quotes`,
    },
    {
      given: { confs_path: [''] },
      says: `${CONFIG_FILE}: confs_path[0]: is empty; write text in double quotes`,
    },
    {
      given: { confs_path: [], max_procs: 5_000 },
      says: `${CONFIG_FILE}: max_procs: 5000 is not a whole number from 0 to 1024; write a number such as 0`,
    },
    {
      given: { confs_path: [], cluster: { heartbeat_ms: 99 } },
      says: `${CONFIG_FILE}: cluster.heartbeat_ms: 99 is not a whole number from 100 to 600000; write a number such as 15000`,
    },
    {
      given: { confs_path: [], cluster: [] },
      says: `${CONFIG_FILE}: cluster: [] is not a group of keys; write { ... }`,
    },
    {
      given: { confs_path: [], cluster: { timeout_ms: 5 } },
      says: `${CONFIG_FILE}: cluster.timeout_ms.read: 5 is not a whole number from 10 to 600000; write a number such as 5000 (and 1 more)`,
    },
    {
      given: { confs_path: [], log: 'x'.repeat(5_000) },
      says: `${CONFIG_FILE}: log: is longer than 4096 characters; shorten it`,
    },
    {
      given: { confs_path: Array.from({ length: 1_001 }, () => 'a') },
      says: `${CONFIG_FILE}: confs_path: has more than 1000 items; shorten the list`,
    },
    {
      given: { confs_path: [], idc: { a: 'x'.repeat(100) } },
      says: `${CONFIG_FILE}: idc: {"a":"${'x'.repeat(74)}... is not text; write text in double quotes`,
    },
    {
      given: { confs_path: [], auth: { token: 12_345 } },
      says: `${CONFIG_FILE}: auth.token: the value is not text; write text in double quotes`,
    },
    {
      given: { confs_path: [], bind_host: '3000' },
      says: `${CONFIG_FILE}: bind_host: "3000" is no address; write host:port, [v6]:port, :port or nothing`,
    },
    {
      given: { confs_path: [], store: { type: 'mysql' } },
      says: `${CONFIG_FILE}: store.type: "mysql" is no store; write one of "sqlite", "redis", "etcd"`,
    },
    {
      given: { confs_path: [], store: { type: 'Reddis' } },
      says: `${CONFIG_FILE}: store.type: "Reddis" is no store; did you mean "redis"? write one of "sqlite", "redis", "etcd"`,
    },
    {
      given: { confs_path: [], store: { type: 5 } },
      says: `${CONFIG_FILE}: store.type: 5 is no store; write one of "sqlite", "redis", "etcd"`,
    },
    {
      given: { confs_path: [], store: { url: 'redis://h' } },
      says: `${CONFIG_FILE}: store.type: is not set; write one of "sqlite", "redis", "etcd"`,
    },
    {
      given: { confs_path: [], store: { type: 'redis' } },
      says: `${CONFIG_FILE}: store.url: is empty; write one such as redis://127.0.0.1:6379/0`,
    },
    {
      given: { confs_path: [], store: { type: 'etcd', url: 'a:2379' } },
      says: `${CONFIG_FILE}: store.url: the value is no URL of etcd; write one such as http://127.0.0.1:2379 or https://a:2379,b:2379`,
    },
    {
      given: { confs_path: [], store: { type: 'redis', url: 'redis://u:%zz@h' } },
      says: `${CONFIG_FILE}: store.url: the value is no URL of redis; write one such as redis://127.0.0.1:6379/0`,
    },
    {
      given: {
        confs_path: [],
        store: { type: 'redis', url: 'redis://h', tls: { insecure: true } },
      },
      says: `${CONFIG_FILE}: store.url: has no TLS though store.tls is given; write rediss://...`,
    },
    {
      given: { confs_path: [], store: { type: 'redis', url: 'rediss://h', tls: { cert: 'c' } } },
      says: `${CONFIG_FILE}: store.tls.key: is missing: a certificate and its key are given together; write its path`,
    },
    {
      given: { confs_path: [], store: { type: 'redis', url: 'redis://h', path: 'p.db' } },
      says: `${CONFIG_FILE}: store.path: belongs to "sqlite", and store.type is "redis"; remove one of them`,
    },
    {
      given: { confs_path: [], store: { type: 'sqlite', prefix: 'p' } },
      says: `${CONFIG_FILE}: store.prefix: belongs to "redis" and "etcd", and store.type is "sqlite"; remove one of them`,
    },
    {
      given: { confs_path: [], clean_self_duration: '5' },
      says: `${CONFIG_FILE}: clean_self_duration: "5" is no duration of at least a second; write one such as "10m" or "1h30m"`,
    },
    {
      given: { confs_path: [], clean_self_pattern: '../*' },
      says: `${CONFIG_FILE}: clean_self_pattern: the pattern "../*" names more than files of one folder; write one such as "*.log-*"`,
    },
    {
      given: { confs_path: [], cluster: { allow: ['a b'] } },
      says: `${CONFIG_FILE}: cluster.allow[0]: "a b" is no host pattern; write one such as "10.0.0.0/8" or "*.example.org"`,
    },
    {
      given: { confs_path: [], cluster: { enable: true } },
      says: `${CONFIG_FILE}: cluster.master_url: is empty, and this is no master; write ["http://<host of the master>:<port>"]`,
    },
    {
      given: { confs_path: [], disable_web: true, cluster: { enable: true, is_master: true } },
      says: `${CONFIG_FILE}: disable_web: true cannot go with cluster.enable true, for masters must reach this agent; make one of them false`,
    },
    {
      given: { confs_path: [], cluster: { discovery: { urls: ['a:1'] } } },
      says: `${CONFIG_FILE}: cluster.discovery: is for a cluster; make cluster.enable true, or remove it`,
    },
    {
      given: { confs_path: [], cluster: { discovery: { enrol_token: 'a' } } },
      says: `${CONFIG_FILE}: cluster.discovery.urls: is empty though other keys of it are given; write ["http://<host of a master>:<port>"]`,
    },
    {
      given: {
        confs_path: [],
        cluster: { enable: true, discovery: { urls: ['a:1'], client_id: 'a' } },
      },
      says: `${CONFIG_FILE}: cluster.discovery.client_secret: is missing though client_id is given; write both`,
    },
    {
      given: {
        confs_path: [],
        cluster: { enable: true, discovery: { urls: ['a:1'], client_secret: 'a' } },
      },
      says: `${CONFIG_FILE}: cluster.discovery.client_id: is missing though client_secret is given; write both`,
    },
    {
      given: {
        confs_path: [],
        cluster: {
          enable: true,
          discovery: { urls: ['a:1'], client_id: 'a', client_secret: 'b', enrol_token: 'c' },
        },
      },
      says: `${CONFIG_FILE}: cluster.discovery.enrol_token: cannot go with client_id, which it is there to get; remove one of them`,
    },
    {
      given: { confs_path: [], auth: { accounts: true } },
      says: `${CONFIG_FILE}: auth.accounts: true is for masters; make cluster.enable and cluster.is_master true, or it false`,
    },
    {
      given: {
        confs_path: [],
        auth: { accounts: true },
        cluster: { enable: true, is_master: true },
      },
      says: `${CONFIG_FILE}: auth.accounts: true needs a cluster.secret, by which masters and agents know each other; set one`,
    },
    {
      given: { confs_path: [], tls: { cert: 'a' } },
      says: `${CONFIG_FILE}: tls.key: is missing though tls.cert is given; write the path of its key`,
    },
    {
      given: { confs_path: [], tls: { key: 'a' } },
      says: `${CONFIG_FILE}: tls.cert: is missing though tls.key is given; write the path of its certificate`,
    },
    { given: '5', says: `${CONFIG_FILE}: 5 is not a group of keys; write { ... }` },
    {
      given: '{"confs_path": [],\n "log": 1,\n "log": 2}',
      says: `${CONFIG_FILE}:3:2: the key "log" stands here a second time; remove one of the two`,
    },
  ])('is told in one line: $says', async ({ given, says }) => {
    expect(await rig.problem(given)).toBe(says);
  });

  it('names the address that is none', async () => {
    const message = await rig.problem({
      confs_path: [],
      cluster: { master_url: ['a:1', 'ftp://b'] },
    });
    expect(message).toMatch(
      /^logkit\.conf\.json: cluster\.master_url\[1\]: url "ftp:\/\/b" is not/,
    );
  });

  it.each([
    { name: 'absent.json', says: 'absent.json: cannot be read: there is no such file; name' },
    { name: '.', says: '.: cannot be read: it is a folder; name' },
    { name: 'utf16.json', says: 'utf16.json: cannot be read: it is no UTF-8 text; name' },
    { name: 'big.json', says: 'big.json: cannot be read: it is too big; name' },
  ])('may be the file itself: $says', async ({ name, says }) => {
    await writeFile(rig.path('utf16.json'), Buffer.from('\uFEFF{}', 'utf16le'));
    await writeFile(rig.path('big.json'), Buffer.alloc(4 * 1024 * 1024, ' '));

    const loading = rig.loadFile(name);

    await expect(loading).rejects.toThrow(says);
  });
});
