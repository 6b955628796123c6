import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveSecretRefs, secretSources } from './secret-refs.ts';

describe('resolveSecretRefs', () => {
  let dir = '';
  const env = { TOKEN: 's3cret', EMPTY: '', NESTED: '${env:TOKEN}' };

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'secret-refs-'));
    await writeFile(join(dir, 'key'), 'from a file\n');
    await writeFile(join(dir, 'two'), 'a\n\n');
    await writeFile(join(dir, 'full'), 'x'.repeat(65_536));
    await writeFile(join(dir, 'long'), 'x'.repeat(65_537));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it.each([
    { text: 'plain $HOME ${HOME} %{WORD:a}', value: 'plain $HOME ${HOME} %{WORD:a}', secrets: [] },
    { text: '${env:TOKEN}', value: 's3cret', secrets: ['s3cret'] },
    { text: 'Bearer ${env:TOKEN}!', value: 'Bearer s3cret!', secrets: ['s3cret'] },
    { text: '${env:EMPTY}', value: '', secrets: [] },
    { text: '${file:key}', value: 'from a file', secrets: ['from a file'] },
    { text: '${file:./two}', value: 'a\n', secrets: ['a\n'] },
    {
      text: '${env:TOKEN}:${file:key}',
      value: 's3cret:from a file',
      secrets: ['s3cret', 'from a file'],
    },
    { text: '${env:NESTED}', value: '${env:TOKEN}', secrets: ['${env:TOKEN}'] },
    { text: '${env:TOKEN', value: '${env:TOKEN', secrets: [] },
  ])('makes $text $value', ({ text, value, secrets }) => {
    expect(resolveSecretRefs(text, secretSources(env, dir))).toEqual({ value, secrets });
  });

  it('takes a file as long as the limit', () => {
    const { value } = resolveSecretRefs('${file:full}', secretSources(env, dir));
    expect(value).toHaveLength(65_536);
  });

  it.each([
    { text: '${env:NOPE}', says: '${env:NOPE}: the environment variable "NOPE" is not set' },
    { text: '${env:}', says: 'the environment variable "" is not set' },
    { text: '${file:absent}', says: '${file:absent}: the file cannot be used (ENOENT)' },
    { text: '${file:.}', says: '${file:.}: the file cannot be used (it is no plain file)' },
    {
      text: '${file:long}',
      says: '${file:long}: the file cannot be used (longer than 65536 bytes)',
    },
  ])('refuses $text', ({ text, says }) => {
    const resolve = () => resolveSecretRefs(text, secretSources(env, dir));
    expect(resolve).toThrow(says);
    expect(resolve).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});
