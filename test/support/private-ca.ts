import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface PrivateCa {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority in a folder of its own, and a certificate of it for 127.0.0.1. */
export function makePrivateCa(dir: string): PrivateCa {
  const at = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const ca = at('ca.pem');
  openssl(
    ...['req', '-x509', ...newKey, '-subj', '/CN=private authority'],
    ...['-keyout', at('ca.key'), '-out', ca],
  );
  openssl(
    ...['req', '-x509', ...newKey, '-subj', '/CN=agent', '-CA', ca, '-CAkey', at('ca.key')],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-keyout', at('server.key'), '-out', at('server.pem')],
  );
  return { ca, cert: at('server.pem'), key: at('server.key') };
}
