import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../shared/kernel/errors.ts';
import { AgentState } from '../shared/stores/agent-state.ts';
import { FakeClock } from '../test/support/fake-clock.ts';
import { Membership } from './membership.ts';

const ADDRESS = 'http://127.0.0.1:16201';
const { signal } = new AbortController();

let dir: string;
let announced: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'membership-'));
  announced = [];
});

afterEach(() => rm(dir, { recursive: true, force: true }));

async function membership(configuredTag = 'conf', taken = true): Promise<Membership> {
  const announce = async (tag: string) => {
    announced.push(tag);
    if (!taken) throw new AppError('unavailable', 'master is away');
  };
  return new Membership({
    heartbeat: { announce },
    state: await AgentState.open({ dir, clock: new FakeClock(), log: pino({ level: 'silent' }) }),
    address: () => ADDRESS,
    configuredTag,
  });
}

describe('the tag', () => {
  it.each([
    { configured: 'web', tag: 'web' },
    { configured: '', tag: 'default' },
  ])('is $tag when "$configured" is configured and none was set', async ({ configured, tag }) => {
    expect((await membership(configured)).identity).toEqual({ tag, url: ADDRESS });
  });

  it.each(['db', ''])('outlives a restart once it was set to "%s"', async (tag) => {
    await (await membership()).setTag(tag, signal);

    expect(announced).toEqual([tag]);
    expect((await membership('another')).tag).toBe(tag);
  });

  it('is the new one for heartbeats as soon as masters are told, and for others once it is kept', async () => {
    const told: string[] = [];
    const one: Membership = new Membership({
      heartbeat: {
        announce: async () => {
          told.push(one.toldTag, one.tag);
        },
      },
      state: await AgentState.open({ dir, clock: new FakeClock(), log: pino({ level: 'silent' }) }),
      address: () => ADDRESS,
      configuredTag: 'old',
    });

    await one.setTag('new', signal);

    expect([...told, one.toldTag, one.tag]).toEqual(['new', 'old', 'new', 'new']);
  });

  it('stays as it was when no master took the new one', async () => {
    const refused = await membership('conf', false);

    await expect(refused.setTag('db', signal)).rejects.toThrow('master is away');
    expect(refused.tag).toBe('conf');
    expect((await membership()).tag).toBe('conf');
  });

  it('stays as it was when the disk refuses to keep the new one', async () => {
    const one = await membership();
    await rm(dir, { recursive: true });
    await writeFile(dir, 'no folder');

    await expect(one.setTag('db', signal)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(one.tag).toBe('conf');
  });
});
