import { describe, expect, it } from 'vitest';
import { stringifyOptions } from './agent-body.ts';

describe('stringifyOptions', () => {
  it.each([
    {
      why: 'numbers and booleans of a reader',
      body: '{"reader":{"mode":"file","n":4096,"ok":true,"x":1.50}}',
      sent: '{"reader":{"mode":"file","n":"4096","ok":"true","x":"1.50"}}',
    },
    {
      why: 'those of every sender, parser and cleaner',
      body: '{"senders":[{"a":1},{"b":"2"}],"parser":{"c":false},"cleaner":{"d":12345678901234567890}}',
      sent: '{"senders":[{"a":"1"},{"b":"2"}],"parser":{"c":"false"},"cleaner":{"d":"12345678901234567890"}}',
    },
    {
      why: 'lists and objects, by their JSON text',
      body: '{"reader":{"list":["a",1],"map":{"k":1.0}}}',
      sent: '{"reader":{"list":"[\\"a\\",1]","map":"{\\"k\\":1.0}"}}',
    },
    {
      why: 'those parts only, each other number digit by digit',
      body: '{"batch_len":10,"x":1.0,"big":9007199254740993,"transforms":[{"n":1e2}],"reader":{"n":1}}',
      sent: '{"batch_len":10,"x":1.0,"big":9007199254740993,"transforms":[{"n":1e2}],"reader":{"n":"1"}}',
    },
    {
      why: 'but null, which agents take',
      body: '{"reader":{"a":null,"b":1}}',
      sent: '{"reader":{"a":null,"b":"1"}}',
    },
  ])('makes strings of $why', ({ body, sent }) => {
    expect(stringifyOptions(body)).toBe(sent);
  });

  it.each([
    { why: 'all is text already', body: '{ "reader" : {"mode": "file"}, "batch_len": 1.0 }' },
    { why: 'it is malformed', body: '{bad' },
    { why: 'it is empty', body: '' },
    { why: 'it is a list', body: '[{"reader":{"n":1}}]' },
    { why: 'it is null', body: 'null' },
    { why: 'the parts are no objects', body: '{"reader":5,"senders":{"n":1},"parser":[1]}' },
    { why: 'the senders are no objects', body: '{"senders":[1,null,"x"]}' },
    {
      why: 'it is too deep to be read',
      body: `{"x":1.0,"reader":{"n":${'['.repeat(99_999)}${']'.repeat(99_999)}}}`,
    },
  ])('gives the text back untouched when $why', ({ body }) => {
    expect(stringifyOptions(body)).toBe(body);
  });
});
