import { describe, expect, it } from 'vitest';
import {
  isRedacted,
  REDACTED,
  redactedOptions,
  redactedUrl,
  restoredOptions,
} from './redaction.ts';

const STORED = {
  api_token: 't0p',
  pandora_sk: 'abc',
  mysql_datasource: 'me:pw@tcp(db:3306)/shop',
  snmp_community: 'private',
  url: 'http://me:pw@sink/x?b=2&token=tok1#f',
  log_path: '/var/log/token.log?x',
  from: '$' + '{env:TOKEN}',
  datasource_tag: 'path',
  qiniulog_log_headers: 'date,time',
  count: 3,
};

describe('redactedOptions', () => {
  it('hides what is secret by its name, and passwords and tokens in URLs', () => {
    expect(redactedOptions(STORED)).toEqual({
      ...STORED,
      api_token: REDACTED,
      pandora_sk: REDACTED,
      mysql_datasource: REDACTED,
      snmp_community: REDACTED,
      url: `http://me:${REDACTED}@sink/x?b=2&token=${REDACTED}#f`,
    });
  });
});

describe('restoredOptions', () => {
  it('brings back what was hidden, so that what was read can be sent back', () => {
    expect(restoredOptions(redactedOptions(STORED), STORED)).toEqual(STORED);
  });

  it('leaves a marker for which nothing is stored', () => {
    const change = { url: `http://me:${REDACTED}@other/x` };

    expect(restoredOptions(change, STORED)).toEqual(change);
    expect(isRedacted(change.url)).toBe(true);
  });
});

describe('redactedUrl', () => {
  it.each([
    { url: 'http://h/x?sig=1', shown: `http://h/x?sig=${REDACTED}` },
    { url: 'http://h/x?api_key=1&n=2', shown: `http://h/x?api_key=${REDACTED}&n=2` },
    { url: 'http://h/x?name=1', shown: 'http://h/x?name=1' },
  ])('shows $url as $shown', ({ url, shown }) => {
    expect(redactedUrl(url)).toBe(shown);
  });
});
