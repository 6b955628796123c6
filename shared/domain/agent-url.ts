import { AppError } from '../kernel/errors.ts';

const WITH_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const URL_LENGTH_MAX = 2048;

/**
 * The one spelling of an agent's or master's address: two texts name the same process when they
 * differ only in a missing `http://`, trailing slashes, or the case of scheme and host.
 * A path prefix is kept (`http://gateway/agents/7`): the agent is then called below it.
 *
 * @throws AppError `invalid` when the text is no http(s) URL, or carries a query, a fragment,
 * or a user name and password (they would show up in every list of agents).
 */
export function normalizeAgentUrl(text: string): string {
  const trimmed = text.trim();
  const withScheme = WITH_SCHEME.test(trimmed) ? trimmed : `http://${trimmed}`;
  const url = URL.parse(withScheme);
  const problem = problemOf(trimmed, url);
  if (url === null || problem !== null) throw invalid(text, problem ?? 'it is not a URL');

  // URL drops a default port that was written out; the text of the authority keeps it.
  const authority = /^[^/]*\/\/([^/?#\\]*)/.exec(withScheme)?.[1] ?? url.host;
  return `${url.protocol}//${authority.toLowerCase()}${url.pathname.replace(/\/+$/, '')}`;
}

function problemOf(text: string, url: URL | null): string | null {
  if (text === '') return 'it is empty';
  if (text.length > URL_LENGTH_MAX) return `it is longer than ${URL_LENGTH_MAX} characters`;
  if (url === null) return 'it is not a URL';
  if (!/^https?:$/.test(url.protocol)) return `the scheme ${url.protocol}// is not http or https`;
  if (url.username + url.password !== '') return 'it carries credentials';
  return url.search + url.hash === '' ? null : 'it has a query or a fragment';
}

function invalid(text: string, why: string): AppError {
  return new AppError(
    'invalid',
    `url ${JSON.stringify(text.slice(0, 100))} is not usable: ${why}; write host:port or http(s)://host:port`,
  );
}
