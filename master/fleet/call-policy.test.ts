import { describe, expect, it } from 'vitest';
import { CallPolicy } from './call-policy.ts';

describe('CallPolicy', () => {
  describe('without a list', () => {
    const policy = new CallPolicy([]);

    it.each([
      'http://10.0.0.1:4000',
      'http://127.0.0.1:4000',
      'http://localhost:4000',
      'https://web-1.example.com',
      'http://[::1]:4000',
      'http://[fd00::1]:4000',
      'http://100.100.100.201',
      'http://169.253.255.255',
      'http://gateway/agents/7',
    ])('lets %s be called', (url) => {
      expect(policy.refusal(url)).toBeNull();
    });

    it.each([
      { url: 'http://169.254.169.254', why: 'metadata' },
      { url: 'http://169.254.0.1:80/x', why: 'link-local' },
      { url: 'http://2852039166', why: 'metadata, decimal' },
      { url: 'http://0xa9fea9fe', why: 'metadata, hexadecimal' },
      { url: 'http://0251.0376.0251.0376', why: 'metadata, octal' },
      { url: 'http://169.254.43518', why: 'metadata, three parts' },
      { url: 'http://[::ffff:169.254.169.254]', why: 'metadata, IPv4-mapped' },
      { url: 'http://[64:ff9b::a9fe:a9fe]', why: 'metadata through NAT64' },
      { url: 'http://[fd00:ec2::254]', why: 'metadata, IPv6' },
      { url: 'http://metadata.google.internal', why: 'metadata by name' },
      { url: 'http://METADATA.google.internal.:80', why: 'the same name, spelt oddly' },
      { url: 'http://100.100.100.200', why: 'metadata of another cloud' },
      { url: 'http://0.0.0.0:4000', why: 'unspecified' },
      { url: 'http://0:4000', why: 'unspecified, short' },
      { url: 'http://[::]:4000', why: 'unspecified, IPv6' },
      { url: 'http://[fe80::1]:4000', why: 'link-local, IPv6' },
      { url: 'http://224.0.0.1', why: 'multicast' },
      { url: 'http://[ff02::1]', why: 'multicast, IPv6' },
      { url: 'file:///etc/passwd', why: 'no http' },
      { url: 'http://', why: 'no url' },
    ])('refuses $url: $why', ({ url }) => {
      expect(policy.refusal(url)).toContain(`calling ${url} is refused`);
    });

    it.each([
      { address: '10.0.0.1', allowed: true },
      { address: '::1', allowed: true },
      { address: '169.254.169.254', allowed: false },
      { address: '::ffff:169.254.169.254', allowed: false },
      { address: 'fe80::1%eth0', allowed: false },
      { address: 'not-an-address', allowed: false },
    ])('says $allowed for a name that leads to $address', ({ address, allowed }) => {
      expect(policy.allowsAddress(address)).toBe(allowed);
    });
  });

  it.each([
    { allow: 'web-1', url: 'http://web-1:4000', allowed: true },
    { allow: 'WEB-1', url: 'http://web-1', allowed: true },
    { allow: 'web-1', url: 'http://web-2', allowed: false },
    { allow: 'web-1:4000', url: 'http://web-1:4000', allowed: true },
    { allow: 'web-1:4000', url: 'http://web-1:4001', allowed: false },
    { allow: 'web-1:80', url: 'http://web-1', allowed: true },
    { allow: 'web-1:443', url: 'https://web-1', allowed: true },
    { allow: '*.example.com', url: 'http://a.example.com', allowed: true },
    { allow: '*.example.com', url: 'http://a.b.example.com', allowed: true },
    { allow: '*.example.com', url: 'http://example.com', allowed: false },
    { allow: '*.example.com', url: 'http://badexample.com', allowed: false },
    { allow: '*.example.com:1', url: 'http://a.example.com:2', allowed: false },
    { allow: '10.0.0.0/8', url: 'http://10.9.9.9:1', allowed: true },
    { allow: '10.0.0.0/8', url: 'http://11.0.0.1', allowed: false },
    { allow: '10.0.0.0/8', url: 'http://[::ffff:10.0.0.1]', allowed: true },
    { allow: '10.0.0.0/8:4000', url: 'http://10.1.1.1:4001', allowed: false },
    { allow: '10.0.0.1', url: 'http://0x0a000001', allowed: true },
    { allow: 'fd00::/8', url: 'http://[fd12::1]:4000', allowed: true },
    { allow: '[fd00::/8]:4000', url: 'http://[fd12::1]:4001', allowed: false },
    { allow: '[::1]:4000', url: 'http://[::1]:4000', allowed: true },
    { allow: '::1', url: 'http://[::1]:4000', allowed: true },
    { allow: '169.254.7.7', url: 'http://169.254.7.7', allowed: true },
  ])('with $allow says $allowed for $url', ({ allow, url, allowed }) => {
    expect(new CallPolicy([allow]).refusal(url) === null).toBe(allowed);
  });

  it('keeps a listed name from leading where nobody may go, unless the address is listed too', () => {
    const names = new CallPolicy(['*.example.com']);
    const both = new CallPolicy(['*.example.com', '169.254.7.0/24']);

    expect(names.allowsAddress('169.254.7.7')).toBe(false);
    expect(names.allowsAddress('10.0.0.1')).toBe(true);
    expect(both.allowsAddress('169.254.7.7')).toBe(true);
  });

  it.each([
    '',
    '*',
    '*.',
    'a b',
    'http://a',
    '10.0.0.0/33',
    '10.0.0.0/x',
    '10.0.0.0/8/9',
    'a:b',
    '::/129',
    'a/8',
  ])('refuses the pattern %j by name', (pattern) => {
    expect(() => new CallPolicy([pattern])).toThrow(
      `cluster.allow: ${JSON.stringify(pattern)} is no host pattern`,
    );
  });
});
