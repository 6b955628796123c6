import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Policy,
  requireReadable,
  requireSecretFile,
  requireSender,
  requireWritable,
} from './policy.ts';

describe('policy', () => {
  let dir: string;
  let policy: Policy;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'policy-'));
    await mkdir(join(dir, 'in'));
    await mkdir(join(dir, 'own'));
    await writeFile(join(dir, 'secret'), 'x');
    policy = {
      readPaths: [join(dir, 'in')],
      writePaths: [join(dir, 'in')],
      senders: ['file'],
      protectedPaths: [join(dir, 'own')],
      protectedPatterns: [join(dir, 'confs*')],
    };
  });

  afterEach(() => rm(dir, { recursive: true }));

  it.each(['in', 'in/a.log', 'in/not/there/yet.log'])('allows %s', async (path) => {
    await requireReadable(policy, join(dir, path));
    await requireWritable(policy, join(dir, path));
  });

  it.each(['secret', 'in/../secret', 'inside', '.'])('refuses %s', async (path) => {
    await expect(requireReadable(policy, join(dir, path))).rejects.toThrow('policy.read_paths');
    await expect(requireWritable(policy, join(dir, path))).rejects.toThrow('policy.write_paths');
  });

  it('follows a link out of the allowed folder, and refuses what it leads to', async () => {
    await symlink(join(dir, 'secret'), join(dir, 'in', 'link'));
    await symlink(dir, join(dir, 'in', 'up'));

    await expect(requireReadable(policy, join(dir, 'in/link'))).rejects.toThrow('not allowed');
    await expect(requireWritable(policy, join(dir, 'in/up/new.log'))).rejects.toThrow(
      'not allowed',
    );
  });

  it('allows everything but its own files when nothing is listed', async () => {
    const open: Policy = { ...policy, readPaths: [], writePaths: [], senders: [] };

    await requireReadable(open, join(dir, 'secret'));
    await requireWritable(open, join(dir, 'anything'));
    requireSender(open, 'http');
    await expect(requireWritable(open, join(dir, 'own/r1.conf'))).rejects.toThrow(
      'belongs to logkit-fleet itself',
    );
  });

  it('writes nothing that would become a runner by itself', async () => {
    const open: Policy = { ...policy, readPaths: [], writePaths: [], senders: [] };

    for (const path of ['confs/evil.conf', 'confs2/a.log']) {
      await expect(requireWritable(open, join(dir, path))).rejects.toThrow('belongs to');
    }
    await requireWritable(open, join(dir, 'other/a.conf'));
  });

  it('reads secrets neither from its own files nor from where reading is not allowed', async () => {
    const open: Policy = { ...policy, readPaths: [] };

    await requireSecretFile(open, join(dir, 'secret'));
    await expect(requireSecretFile(open, join(dir, 'own/agent.json'))).rejects.toThrow('belongs');
    await expect(requireSecretFile(policy, join(dir, 'secret'))).rejects.toThrow('read_paths');
  });

  it('knows which senders are allowed', () => {
    requireSender(policy, 'file');
    expect(() => requireSender(policy, 'http')).toThrow(
      'sender http is not allowed on this machine: policy.senders allows file',
    );
  });
});
