import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { AgentState } from './agent-state.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

describe('AgentState', () => {
  let dir: string;
  let path: string;
  let warnings: string[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'state-'));
    path = join(dir, 'agent.json');
    warnings = [];
  });

  afterEach(() => rm(dir, { recursive: true }));

  function open(): Promise<AgentState> {
    const log = pino({ base: null }, { write: (line: string) => warnings.push(line) });
    return AgentState.open({ dir, clock: new FakeClock(NOW_MS), log });
  }

  it('starts without a tag and with nothing stopped, and writes nothing for it', async () => {
    const state = await open();

    expect(state.tag()).toBeNull();
    expect(state.isStopped('r1')).toBe(false);
    expect(await readdir(dir)).toEqual([]);
  });

  it('remembers the tag and what was stopped', async () => {
    const first = await open();
    await first.setTag('web');
    await first.setStopped('r1', true);
    await first.setStopped('r2', true);
    await first.setStopped('r1', false);

    const second = await open();

    expect(second.tag()).toBe('web');
    expect(second.isStopped('r1')).toBe(false);
    expect(second.isStopped('r2')).toBe(true);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      schema_version: 1,
      tag: 'web',
      stopped: ['r2'],
    });
  });

  it('loses none of many changes at once', async () => {
    const state = await open();
    const names = Array.from({ length: 50 }, (_, index) => `r${index}`);

    await Promise.all([state.setTag('t'), ...names.map((name) => state.setStopped(name, true))]);

    const again = await open();
    expect(again.tag()).toBe('t');
    expect(names.every((name) => again.isStopped(name))).toBe(true);
  });

  it('takes an empty tag for a tag that was set', async () => {
    const state = await open();
    await state.setTag('');

    expect((await open()).tag()).toBe('');
  });

  it.each([
    { what: 'is no JSON', text: '{"tag": "we' },
    { what: 'is empty', text: '' },
    { what: 'holds the wrong things', text: '{"schema_version": 1, "stopped": "r1"}' },
  ])('puts a file aside that $what, with a warning', async ({ text }) => {
    await writeFile(path, text);

    const state = await open();

    expect(state.tag()).toBeNull();
    expect(await readdir(dir)).toEqual([`agent.json.broken-${NOW_MS}`]);
    expect(await readFile(`${path}.broken-${NOW_MS}`, 'utf8')).toBe(text);
    expect(warnings).toHaveLength(1);
    await state.setTag('web');
    expect((await open()).tag()).toBe('web');
  });

  it('refuses a file that a newer version wrote, and leaves it', async () => {
    await writeFile(path, '{"schema_version": 2, "tags": ["a"]}');

    await expect(open()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('was written by a newer logkit-fleet'),
    });
    expect(await readdir(dir)).toEqual(['agent.json']);
  });

  it('is unavailable when the file cannot be read', async () => {
    await mkdir(path);

    await expect(open()).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('has not changed when a change could not be written', async () => {
    const state = await open();
    await state.setTag('old');
    await rm(path);
    await mkdir(join(path, 'in the way'), { recursive: true });

    await expect(state.setTag('new')).rejects.toMatchObject({ kind: 'unavailable' });

    expect(state.tag()).toBe('old');
    await rm(path, { recursive: true });
    await state.setStopped('r1', true);
    expect((await open()).tag()).toBe('old');
  });
});
