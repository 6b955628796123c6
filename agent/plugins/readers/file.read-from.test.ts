import { appendFile, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Following } from '../../../test/support/following.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { fileReader } from './file.ts';

describe('fileReader with a time as read_from', () => {
  let dir: string;
  let path: string;
  let open: Following[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'read-from-'));
    path = join(dir, 'app.log');
    open = [];
  });

  afterEach(async () => {
    await Promise.all(open.map((following) => following.stop()));
    await rm(dir, { recursive: true });
  });

  function follow({ read_from }: { readonly read_from: string }): Following {
    const following = new Following(fileReader, { log_path: path, read_from });
    open.push(following);
    return following;
  }

  const old = '2026-11-25T09:59:59Z old\n  more of it\n';
  const young = '2026-11-25T10:00:00Z young\n';

  it('begins with the first line of that time or later, first line and position told', async () => {
    await writeFile(path, old + young);
    const following = follow({ read_from: '2026-11-25 10:00:00Z' });
    expect(await following.lines(1)).toBe(young);
    expect(following.batches[0]).toMatchObject({ lines: 0, position: { offset: old.length } });
    expect(following.full[0]?.firstLine?.toString()).toBe('2026-11-25T09:59:59Z old\n');
  });

  it('takes a whole file as if nothing were asked, and a line whole that is being written', async () => {
    await writeFile(path, young);
    const whole = follow({ read_from: '2026-11-25T10:00:00Z' });
    await whole.lines(1);
    expect(whole.full[0]?.firstLine).toBeNull();
    await whole.stop();

    await writeFile(path, `${old}2026`);
    const later = follow({ read_from: '2026-11-25T10:00:00Z' });
    await later.until('a position', () => later.positions.size === 1);
    await appendFile(path, '-11-25T10:00:01Z new\n');
    expect(await later.lines(1)).toBe('2026-11-25T10:00:01Z new\n');
  });

  it('decides by the last write of a compressed file, which is read whole or not', async () => {
    path = join(dir, 'app.log.gz');
    await writeFile(path, gzipSync(old + young));
    await utimes(path, 1_000_000_000, 1_000_000_000);
    const late = follow({ read_from: '2026-11-25' });
    await late.rest();
    expect(late.text).toBe('');
    expect(await follow({ read_from: '2001-09-01' }).lines(3)).toBe(old + young);
  });

  it.each(['middle', '2026-13-01', '25.11.2026'])('is refused as %s', async (read_from) => {
    await writeFile(path, old);
    const check = fileReader.configure({ log_path: path, read_from }).check(pluginContext());
    await expect(check).rejects.toThrow(`or a time such as`);
  });

  it('may be written by a layout of the main configuration', async () => {
    await writeFile(path, old);
    const configured = fileReader.configure({ log_path: path, read_from: '25.11.2026' });
    const context = pluginContext({ timeLayouts: ['02.01.2006'] });
    await expect(configured.check(context)).resolves.toBeUndefined();
  });
});
