import { describe, expect, it } from 'vitest';
import { normalizeAgentUrl } from './agent-url.ts';

describe('normalizeAgentUrl', () => {
  it.each([
    { text: 'http://10.0.0.1:4000', url: 'http://10.0.0.1:4000', why: 'it is already normal' },
    { text: '10.0.0.1:4000', url: 'http://10.0.0.1:4000', why: 'http:// is implied' },
    { text: 'localhost:4000', url: 'http://localhost:4000', why: 'a host is no scheme' },
    { text: 'http://10.0.0.1:4000/', url: 'http://10.0.0.1:4000', why: 'a trailing slash' },
    { text: 'http://10.0.0.1:4000///', url: 'http://10.0.0.1:4000', why: 'trailing slashes' },
    {
      text: 'HTTP://Web-1.Example:80',
      url: 'http://web-1.example:80',
      why: 'the case of the host',
    },
    { text: 'https://a:1', url: 'https://a:1', why: 'https stays https' },
    { text: 'http://gw/Agents/S5/', url: 'http://gw/Agents/S5', why: 'a path keeps its case' },
    { text: 'http://[::1]:4000', url: 'http://[::1]:4000', why: 'IPv6' },
    { text: ' a:1 ', url: 'http://a:1', why: 'blanks around it' },
  ])('makes $text $url: $why', ({ text, url }) => {
    expect(normalizeAgentUrl(text)).toBe(url);
    expect(normalizeAgentUrl(url)).toBe(url);
  });

  it.each([
    { text: '', why: 'it is empty' },
    { text: 'http://', why: 'it is not a URL' },
    { text: 'ftp://a', why: 'the scheme ftp:// is not http or https' },
    { text: 'http://me:pw@a:1', why: 'it carries credentials' },
    { text: 'http://a:1/?x=1', why: 'it has a query' },
    { text: 'http://a:99999', why: 'it is not a URL' },
    { text: `http://${'a'.repeat(3000)}`, why: 'it is longer than' },
  ])('refuses $text: $why', ({ text, why }) => {
    expect(() => normalizeAgentUrl(text)).toThrow(why);
  });
});
