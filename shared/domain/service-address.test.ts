import { describe, expect, it } from 'vitest';
import { readServiceAddress } from './service-address.ts';

describe('readServiceAddress', () => {
  it.each([
    { text: '127.0.0.1:8080', host: '127.0.0.1', port: 8080 },
    { text: 'localhost:1', host: 'localhost', port: 1 },
    { text: 'a.b-c.example:65535', host: 'a.b-c.example', port: 65_535 },
    { text: 'web_1:80', host: 'web_1', port: 80 },
    { text: '_svc._tcp.example:80', host: '_svc._tcp.example', port: 80 },
    { text: 'example.com.:80', host: 'example.com.', port: 80 },
    { text: '3com.example:80', host: '3com.example', port: 80 },
    { text: 'xn--bcher-kva.example:80', host: 'xn--bcher-kva.example', port: 80 },
    { text: '[::1]:80', host: '::1', port: 80 },
    { text: '[2001:db8::7]:443', host: '2001:db8::7', port: 443 },
    { text: '[::ffff:10.0.0.1]:80', host: '::ffff:10.0.0.1', port: 80 },
  ])('reads $text', ({ text, host, port }) => {
    expect(readServiceAddress(text)).toEqual({ host, port });
  });

  it.each([
    { text: '', why: 'it is empty' },
    { text: ':80', why: 'it has no host' },
    { text: 'host', why: 'it has no port' },
    { text: 'host:', why: 'it has no port either' },
    { text: 'host:0', why: 'nothing listens on port 0' },
    { text: 'host:080', why: 'the same address could be written in two ways' },
    { text: 'host:65536', why: 'there is no such port' },
    { text: 'host:1e3', why: 'that is no port' },
    { text: 'host:-1', why: 'that is no port' },
    { text: 'host:80 ', why: 'of the blank' },
    { text: 'host:80\n', why: 'of the line feed' },
    { text: 'ho st:80', why: 'of the blank' },
    { text: '-host:80', why: 'a name does not begin with a hyphen' },
    { text: 'host-.example:80', why: 'a label does not end in a hyphen' },
    { text: 'a..b:80', why: 'of the empty label' },
    { text: '.:80', why: 'that is no name' },
    { text: `${'a'.repeat(64)}:80`, why: 'a label has 63 characters at most' },
    { text: '256.0.0.1:80', why: 'it is a mistyped address' },
    { text: '1.2.3:80', why: 'it is an address that lacks a part' },
    { text: '010.0.0.1:80', why: 'an octal part means different things to different people' },
    { text: '1.2.3.4.:80', why: 'an address ends without a dot' },
    { text: '::1:80', why: 'an IPv6 address needs brackets' },
    { text: '[::1]', why: 'it has no port' },
    { text: '[::1:80', why: 'a bracket is missing' },
    { text: '[host]:80', why: 'that is no IPv6 address' },
    { text: '[]:80', why: 'there is nothing between the brackets' },
    { text: '[fe80::1%eth0]:80', why: 'a zone means something on one host only' },
    { text: 'http://host:80', why: 'it is a URL' },
    { text: 'me@host:80', why: 'it names a user' },
    { text: 'host:80/path', why: 'it has a path' },
    { text: 'bücher.example:80', why: 'it is not written in ASCII' },
  ])('refuses $text: $why', ({ text }) => {
    expect(readServiceAddress(text)).toBeNull();
  });
});
