import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError, systemCode } from '../kernel/errors.ts';

const SECRET_FILE_BYTES_MAX = 65_536;
const REFERENCE = /\$\{(env|file):([^}]*)\}/g;

/** Where the values of references come from. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The whole text of a file; throws when it cannot be read. */
  readonly readFile: (path: string) => string;
}

export interface ResolvedText {
  readonly value: string;
  /** What stands in `value` for the references: never to be logged or shown. */
  readonly secrets: readonly string[];
}

/**
 * Replaces `${env:NAME}` and `${file:PATH}` in a text, so that a secret need not stand in a
 * configuration. One line break at the end of a file is not part of the secret. What is put in is
 * not looked at again.
 *
 * @throws AppError `invalid` that names the variable or the file, never its value.
 */
export function resolveSecretRefs(text: string, sources: SecretSources): ResolvedText {
  const secrets: string[] = [];
  const value = text.replace(REFERENCE, (_reference, kind: string, name: string) => {
    const secret = kind === 'env' ? secretOfEnv(name, sources) : secretOfFile(name, sources);
    if (secret !== '') secrets.push(secret);
    return secret;
  });
  return { value, secrets };
}

/** The real sources; relative paths of files are taken from `cwd`. */
export function secretSources(env: SecretSources['env'], cwd: string): SecretSources {
  return { env, readFile: (path) => readSmallFile(resolve(cwd, path)) };
}

function secretOfEnv(name: string, { env }: SecretSources): string {
  const secret = env[name];
  if (secret !== undefined) return secret;
  throw new AppError(
    'invalid',
    `\${env:${name}}: the environment variable ${JSON.stringify(name)} is not set; set it before the start`,
  );
}

function secretOfFile(path: string, { readFile }: SecretSources): string {
  try {
    return readFile(path).replace(/\r?\n$/, '');
  } catch (cause) {
    const why = cause instanceof AppError ? cause.message : (systemCode(cause) ?? 'cannot be read');
    throw new AppError(
      'invalid',
      `\${file:${path}}: the file cannot be used (${why}); name a readable file that holds the secret`,
      { cause },
    );
  }
}

/** Reads no more than the limit, whatever the file is and however it grows meanwhile. */
function readSmallFile(path: string): string {
  // Opening a named pipe would wait for its other end; a secret lies in a plain file.
  if (!statSync(path).isFile()) throw new AppError('invalid', 'it is no plain file');
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(SECRET_FILE_BYTES_MAX + 1);
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      if (read === 0) break;
      length += read;
    }
    if (length <= SECRET_FILE_BYTES_MAX) return bytes.toString('utf8', 0, length);
    throw new AppError('invalid', `longer than ${SECRET_FILE_BYTES_MAX} bytes`);
  } finally {
    closeSync(file);
  }
}
