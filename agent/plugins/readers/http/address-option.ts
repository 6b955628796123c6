import { z } from 'zod';
import { serviceAddress } from '../../../listen/service-address.ts';

/** Where it listens, and as it was written. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Without the scheme. */
  readonly text: string;
}

/** `:4000`, `host:4000`, with `http://` or `https://` before it. */
export function httpAddressOption(fallback: string) {
  return z
    .string()
    .default(fallback)
    .transform((given, check): HttpAddress => {
      const [, scheme = '', text = ''] = /^(https?:\/\/)?(.*?)\/?$/i.exec(given.trim()) ?? [];
      const address = serviceAddress(text);
      if (address !== null) return { ...address, isTls: /^https/i.test(scheme), text };
      check.addIssue(`${JSON.stringify(given)} is no address; write one such as ":4000"`);
      return z.NEVER;
    });
}
