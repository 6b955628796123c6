import { z } from 'zod';
import { nearest } from '../domain/nearest.ts';
import { flag, secret, text } from './key-types.ts';

/** '': not set. */
const STORE_TYPES = ['', 'sqlite', 'redis', 'etcd'] as const;
const NAMED_TYPES = STORE_TYPES.filter((type) => type !== '');

/** The part `store` of the main configuration: what agents keep their shared work in. */
export const StoreConfig = z
  .object({
    type: z
      .enum(STORE_TYPES, { error: ({ input }) => unknownType(input) })
      .default('')
      .meta({
        description:
          'What runners with `partition` share their work in: `redis` or `etcd` for several machines, `sqlite` for agents of this one. Empty: runners cannot share work.',
      }),
    url: secret(
      'Where the store is: `redis://user:password@host:port/database`, `rediss://` for TLS, several hosts for a cluster (`redis://a:6379,b:6379`); of etcd `http://a:2379,b:2379` or `https://`. May be or hold `${env:NAME}` or `${file:PATH}`.',
    ),
    prefix: text(
      '',
      'What all keys in Redis or etcd begin with; the same on all agents. Empty: `logkit-fleet`.',
    ),
    path: text('', 'The file of `sqlite`. Empty: `partitions.db` in `data_dir`.'),
    tls: z
      .object({
        ca: text(
          '',
          'Certificate authorities (PEM) that a store with TLS is checked with. Empty: the built-in ones.',
        ),
        cert: text('', 'The certificate (PEM) that is shown to a store that asks for one.'),
        key: text('', 'Key file (PEM) of `store.tls.cert`.'),
        insecure: flag(false, 'Take any certificate of the store.'),
      })
      .prefault({}),
  })
  .superRefine((store, context) => {
    for (const { key, message } of misfits(store)) {
      context.addIssue({ code: 'custom', path: [key], message });
    }
    const lacking = lackingHalf(store.tls);
    if (lacking === null) return;
    const message = 'is missing: a certificate and its key are given together; write its path';
    context.addIssue({ code: 'custom', path: ['tls', lacking], message });
  });
export type StoreConfig = Readonly<z.infer<typeof StoreConfig>>;

/**
 * What is wrong with a URL in which no reference is left, and what would be right; null: nothing.
 * The URL is not shown, for it may hold a password.
 */
export function storeUrlProblem({ type, url, tls }: StoreConfig): string | null {
  if (type !== 'redis' && type !== 'etcd') return null;
  const { pattern, example, secure } = URLS[type];
  if (!pattern.test(url) || !isDecodable(url)) {
    return `the value is no URL of ${type}; write one such as ${example}`;
  }
  if (!isTlsGiven(tls) || url.startsWith(secure)) return null;
  return `has no TLS though store.tls is given; write ${secure}...`;
}

const HOST = String.raw`(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?`;
const USER_AND_PASSWORD = String.raw`(?:[^\s/?#@:]+:[^\s/?#@]*@)?`;

const URLS = {
  redis: {
    pattern: new RegExp(
      String.raw`^rediss?://(?:[^\s/?#@]*@)?${HOST}(?:,${HOST})*(?:/\d{0,9})?$`,
      'i',
    ),
    example: 'redis://127.0.0.1:6379/0',
    secure: 'rediss://',
  },
  etcd: {
    pattern: new RegExp(String.raw`^https?://${USER_AND_PASSWORD}${HOST}(?:,${HOST})*/?$`, 'i'),
    example: 'http://127.0.0.1:2379 or https://a:2379,b:2379',
    secure: 'https://',
  },
} as const;

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

interface Misfit {
  readonly key: string;
  readonly message: string;
}

/** Keys that do not go with the type. */
function misfits(store: StoreConfig): readonly Misfit[] {
  const { type, url } = store;
  const given = givenKeys(store);
  const isLocal = (key: string) => key === 'path';
  const unfit = (keys: readonly string[], owners: string) => {
    const message = `belongs to ${owners}, and store.type is "${type}"; remove one of them`;
    return keys.map((key) => ({ key, message }));
  };
  switch (type) {
    case '':
      return given.length === 0 ? [] : [{ key: 'type', message: `is not set; ${REMEDY}` }];
    case 'sqlite':
      return unfit(
        given.filter((key) => !isLocal(key)),
        '"redis" and "etcd"',
      );
    case 'redis':
    case 'etcd': {
      const message = `is empty; write one such as ${URLS[type].example}`;
      const missing = url === '' ? [{ key: 'url', message }] : [];
      return [...missing, ...unfit(given.filter(isLocal), '"sqlite"')];
    }
  }
}

function givenKeys({ url, prefix, path, tls }: StoreConfig): readonly string[] {
  const isGiven = {
    ...{ url: url !== '', prefix: prefix !== '', path: path !== '' },
    tls: isTlsGiven(tls),
  };
  return Object.entries(isGiven).flatMap(([key, is]) => (is ? [key] : []));
}

function isTlsGiven({ ca, cert, key, insecure }: StoreConfig['tls']): boolean {
  return insecure || [ca, cert, key].some((path) => path !== '');
}

function lackingHalf({ cert, key }: StoreConfig['tls']): 'cert' | 'key' | null {
  if ((cert === '') === (key === '')) return null;
  return cert === '' ? 'cert' : 'key';
}

const REMEDY = `write one of ${NAMED_TYPES.map((type) => JSON.stringify(type)).join(', ')}`;

function unknownType(given: unknown): string {
  const meant = typeof given === 'string' ? nearest(given, NAMED_TYPES) : null;
  const hint = meant === null ? '' : `did you mean ${JSON.stringify(meant)}? `;
  return `${JSON.stringify(given)} is no store; ${hint}${REMEDY}`;
}
