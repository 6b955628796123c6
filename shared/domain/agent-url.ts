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
  if (trimmed === '') throw invalid(text, 'it is empty');
  if (trimmed.length > URL_LENGTH_MAX) {
    throw invalid(`${trimmed.slice(0, 40)}...`, `it is longer than ${URL_LENGTH_MAX} characters`);
  }

  const withScheme = WITH_SCHEME.test(trimmed) ? trimmed : `http://${trimmed}`;
  const url = URL.parse(withScheme);
  if (url === null) throw invalid(text, 'it is not a URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid(text, `the scheme ${url.protocol}// is not http or https`);
  }
  if (url.username !== '' || url.password !== '') throw invalid(text, 'it carries credentials');
  if (url.search !== '' || url.hash !== '') throw invalid(text, 'it has a query or a fragment');

  // URL drops a default port that was written out; the text of the authority keeps it.
  const authority = /^[^/]*\/\/([^/?#\\]*)/.exec(withScheme)?.[1] ?? url.host;
  return `${url.protocol}//${authority.toLowerCase()}${url.pathname.replace(/\/+$/, '')}`;
}

function invalid(text: string, why: string): AppError {
  return new AppError(
    'invalid',
    `url ${JSON.stringify(text)} is not usable: ${why}; write host:port or http(s)://host:port`,
  );
}
