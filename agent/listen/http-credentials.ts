import { hash, timingSafeEqual } from 'node:crypto';
import { HttpRefusal } from './http-refusal.ts';

interface Credentials {
  /** With a password: Basic. */
  readonly username: string;
  readonly password: string;
  /** Bearer. */
  readonly token: string;
}

/**
 * Decides by its Authorization header whether a request is taken; with no credentials set all are.
 *
 * @returns A check that throws an HttpRefusal 401.
 */
export function httpCredentials({ username, password, token }: Credentials) {
  const accepted = [
    ...(username === '' && password === ''
      ? []
      : [`basic ${Buffer.from(`${username}:${password}`).toString('base64')}`]),
    ...(token === '' ? [] : [`bearer ${token}`]),
  ].map(sha256);
  const challenge = [
    ...(token === '' ? [] : ['Bearer']),
    ...(username === '' && password === '' ? [] : ['Basic realm="logs"']),
  ];
  return (authorization: string | undefined): void => {
    if (accepted.length === 0) return;
    const [scheme = '', ...rest] = (authorization ?? '').trim().split(/ +/);
    const given = sha256(`${scheme.toLowerCase()} ${rest.join(' ')}`);
    // Hashes have one length, so the comparison tells nothing about a secret's.
    if (accepted.some((one) => timingSafeEqual(one, given))) return;
    throw new HttpRefusal(401, 'unauthorized', { 'WWW-Authenticate': challenge.join(', ') });
  };
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
