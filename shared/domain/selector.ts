import { normalizeAgentUrl } from './agent-url.ts';

/**
 * Which agents a request means: exact, both conditions together; an absent or empty one means all.
 * (Contract: the `tag` and `url` query parameters of every master route.)
 */
export interface Selector {
  readonly tag: string;
  readonly url: string;
}

/** Reads the filter's url in any spelling; one that is no URL at all is kept, and matches nobody. */
export function selectorOf(tag: string, url: string): Selector {
  if (url === '') return { tag, url };
  try {
    return { tag, url: normalizeAgentUrl(url) };
  } catch {
    return { tag, url };
  }
}

export function matches(
  agent: { readonly tag: string; readonly url: string },
  { tag, url }: Selector,
): boolean {
  return (tag === '' || agent.tag === tag) && (url === '' || agent.url === url);
}
