import { resolve } from 'node:path';
import { z } from 'zod';
import { serviceAddress } from './service-address.ts';

/** Where a socket listens. */
export type SocketAddress =
  | {
      readonly kind: 'tcp' | 'udp';
      readonly host: string;
      readonly port: number;
      readonly family: 4 | 6 | null;
      readonly text: string;
    }
  | { readonly kind: 'unix'; readonly path: string; readonly text: string };

const FORM = /^([a-z]+)([46]?):\/\/(.+)$/;

/** Of an option: `tcp://host:port`, `udp://:514`, `tcp6://[::1]:601`, `unix:///run/my.sock`. */
export const socketAddressOption = z
  .string({ error: 'is required, e.g. "tcp://127.0.0.1:3110"' })
  .transform((text, check): SocketAddress => {
    const address = socketAddress(text.trim());
    if (typeof address !== 'string') return address;
    check.addIssue(`${JSON.stringify(text)} ${address}`);
    return z.NEVER;
  })
  .meta({ example: 'tcp://127.0.0.1:3110' });

/** A text says what is wrong with it. */
function socketAddress(text: string): SocketAddress | string {
  const [, scheme = '', family = '', rest = ''] = FORM.exec(text) ?? [];
  if (scheme === 'unix') return { kind: 'unix', path: resolve(rest), text };
  if (/^unix(gram|packet)|^ip/.test(scheme)) {
    return 'cannot be listened on by this program; use unix://, tcp:// or udp://';
  }
  return portAddress(scheme, rest, { family: FAMILIES.get(family) ?? null, text });
}

function portAddress(
  scheme: string,
  rest: string,
  facts: { readonly family: 4 | 6 | null; readonly text: string },
): SocketAddress | string {
  const at = serviceAddress(rest);
  if ((scheme === 'tcp' || scheme === 'udp') && at !== null)
    return { kind: scheme, ...at, ...facts };
  return 'is no address; write one such as "tcp://127.0.0.1:3110", "udp://:514" or "unix:///run/my.sock"';
}

const FAMILIES: ReadonlyMap<string, 4 | 6> = new Map([
  ['4', 4],
  ['6', 6],
]);
