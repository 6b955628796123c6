import { z } from 'zod';
import { commaList } from '../plugins/option.ts';

/** Where to, without the user name and password that the URL may carry: they become a header. */
export interface Target {
  readonly url: string;
  readonly authorization: string | null;
}

/**
 * The target that a text means: a URL, or a host with `http://` understood. Null: it is none of
 * http or https.
 */
export function targetOf(text: string): Target | null {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.parse(withScheme);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  const { username, password } = url;
  url.username = '';
  url.password = '';
  // As it was written, where nothing had to be taken out: URL adds slashes.
  if (username === '' && password === '') return { url: withScheme, authorization: null };
  return { url: url.href, authorization: basicAuth(decoded(username), decoded(password)) };
}

/** An option that holds one target; its text is never repeated, for it may hold a password. */
export function targetOption(example: string) {
  return z
    .string({ error: `is required, e.g. "${example}"` })
    .min(1, `is empty, e.g. "${example}"`)
    .transform((text, context): Target => {
      const target = targetOf(text.trim());
      if (target !== null) return target;
      context.addIssue(`is no http or https URL, e.g. "${example}"`);
      return z.NEVER;
    })
    .meta({ example });
}

/** An option that holds one target or several, parted by commas. */
export function targetsOption(example: string) {
  return z
    .string({ error: `is required, e.g. "${example}"` })
    .min(1, `is empty, e.g. "${example}"`)
    .transform((text, context): readonly Target[] => {
      const targets = commaList(text).map(targetOf);
      const known = targets.filter((target) => target !== null);
      if (known.length > 0 && known.length === targets.length) return known;
      context.addIssue(`is no list of http or https URLs, e.g. "${example}"`);
      return z.NEVER;
    })
    .meta({ example });
}

/** The target's base, without a slash at its end, for paths to be put behind it. */
export function baseOf({ url }: Target): string {
  return url.replace(/\/+$/, '');
}

/** The target with `path` where it names none of its own. */
export function withPath({ url, authorization }: Target, path: string): Target {
  const isBare = URL.parse(url)?.pathname === '/' && !url.includes('?');
  return { url: isBare ? `${url.replace(/\/+$/, '')}${path}` : url, authorization };
}

export function basicAuth(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A percent sign that is just that.
  }
}
