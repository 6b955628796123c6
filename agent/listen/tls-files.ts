import { readFile } from 'node:fs/promises';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Clients must show a certificate of this authority; '': they need none. */
  readonly clientCa: string;
}

/**
 * What a server of TLS is made with, read anew each time.
 *
 * @throws AppError `invalid` when a file is not there.
 */
export async function readTlsFiles({ cert, key, clientCa }: TlsFiles) {
  try {
    const files = { cert: await readFile(cert), key: await readFile(key) };
    const client = clientCa === '' ? {} : { ca: await readFile(clientCa), requestCert: true };
    return { ...files, ...client };
  } catch (cause) {
    throw unusable(cause);
  }
}

/** Files that are there, and hold something else. */
export function unusable(cause: unknown): AppError {
  return new AppError('invalid', `the TLS files are not usable: ${messageOf(cause)}`, { cause });
}
