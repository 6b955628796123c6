import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RunnerConfig } from '../domain/runner-config.ts';
import { AppError } from '../kernel/errors.ts';
import { decodeBody } from './go-json.ts';

const Register = z.object({ url: z.string().default(''), tag: z.string().default('') });

function register(body: string | Uint8Array, contentType = 'application/json') {
  return decodeBody(Register, { body, contentType }, 'mgr.RegisterReq');
}

function messageFrom(decode: () => unknown): string {
  try {
    decode();
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.kind === 'invalid') return thrown.message;
    throw thrown;
  }
  return 'taken';
}

describe('decodeBody', () => {
  it.each<{ body: string; value: unknown; why: string }>([
    { body: '{"url":"h:1","tag":"x"}', value: { url: 'h:1', tag: 'x' }, why: 'it is whole' },
    { body: '{"url":"h:1","extra":1}', value: { url: 'h:1', tag: '' }, why: 'more is ignored' },
    { body: '{}', value: { url: '', tag: '' }, why: 'absent is the zero value' },
    { body: 'null', value: { url: '', tag: '' }, why: 'null is the zero value' },
    { body: '{"url":null}', value: { url: '', tag: '' }, why: 'a null is as good as absent' },
    { body: ' {"url":"null"} ', value: { url: 'null', tag: '' }, why: 'a text is no null' },
  ])('takes $body: $why', ({ body, value }) => {
    expect(register(body)).toEqual(value);
    expect(register(Buffer.from(body))).toEqual(value);
  });

  it.each<{ body: string; contentType?: string; message: string }>([
    { body: '', message: "code=400, message=Request body can't be empty" },
    { body: '  ', message: 'code=400, message=EOF' },
    {
      body: '{"url":"a"}',
      contentType: 'text/plain',
      message: 'code=415, message=Unsupported Media Type',
    },
    { body: '{"url":"a"}', contentType: '', message: 'code=415, message=Unsupported Media Type' },
    {
      body: '{bad',
      message:
        "code=400, message=Syntax error: offset=2, error=invalid character 'b' looking for beginning of object key string",
    },
    { body: '{"url":"a"', message: 'code=400, message=unexpected EOF' },
    {
      body: '\ufeff{}',
      message:
        "code=400, message=Syntax error: offset=1, error=invalid character 'ï' looking for beginning of value",
    },
    {
      body: '{"url":5}',
      message: 'code=400, message=Unmarshal type error: expected=string, got=number, offset=8',
    },
    {
      body: '{"tag":"日志","url":true}',
      message: 'code=400, message=Unmarshal type error: expected=string, got=bool, offset=26',
    },
    {
      body: '{"url":{"a":1}}',
      message: 'code=400, message=Unmarshal type error: expected=string, got=object, offset=8',
    },
    {
      body: '[]',
      message:
        'code=400, message=Unmarshal type error: expected=mgr.RegisterReq, got=array, offset=1',
    },
    {
      body: '"a"',
      message:
        'code=400, message=Unmarshal type error: expected=mgr.RegisterReq, got=string, offset=3',
    },
  ])('refuses $body ($contentType): $message', ({ body, contentType, message }) => {
    expect(messageFrom(() => register(body, contentType))).toBe(message);
  });

  it.each<{ body: string; mismatch: string }>([
    { body: '{"batch_len":"5"}', mismatch: 'expected=int, got=string, offset=16' },
    { body: '{"batch_len":1.5}', mismatch: 'expected=int, got=number 1.5, offset=16' },
    { body: '{"batch_len":5.0}', mismatch: 'expected=int, got=number 5.0, offset=16' },
    { body: '{"extra_info":"no"}', mismatch: 'expected=bool, got=string, offset=18' },
    { body: '{"reader":"x"}', mismatch: 'expected=map[string]string, got=string, offset=13' },
    { body: '{"senders":{}}', mismatch: 'expected=[]map[string]string, got=object, offset=12' },
    { body: '{"senders":[[]]}', mismatch: 'expected=map[string]string, got=array, offset=13' },
    {
      body: '{"transforms":1}',
      mismatch: 'expected=[]map[string]interface {}, got=number, offset=15',
    },
    { body: '{"router":[]}', mismatch: 'expected=struct, got=array, offset=11' },
    {
      body: '{"router":{"router_routes":{"a":"x"}}}',
      mismatch: 'expected=int, got=string, offset=35',
    },
  ])('names the type of a runner configuration: $mismatch', ({ body, mismatch }) => {
    const decode = () =>
      decodeBody(RunnerConfig, { body, contentType: 'application/json' }, 'mgr.RunnerConfig');

    expect(messageFrom(decode)).toBe(`code=400, message=Unmarshal type error: ${mismatch}`);
  });

  it('says where a rule of our own is broken', () => {
    const Limited = z.object({ a: z.object({ n: z.int().max(3, 'at most 3') }) });
    const decode = (body: string) => () =>
      decodeBody(Limited, { body, contentType: 'application/json' }, 'x');

    expect(messageFrom(decode('{"a":{"n":4}}'))).toBe('a.n: at most 3');
    expect(messageFrom(decode('{"a":{}}'))).toMatch(/^a\.n: /);
  });

  it('says a rule about the whole body without a path', () => {
    const Whole = Register.refine(() => false, 'give url or tag');

    expect(
      messageFrom(() => decodeBody(Whole, { body: '{}', contentType: 'application/json' }, 'x')),
    ).toBe('give url or tag');
  });

  it('keeps the digits of a number that a double does not hold', () => {
    const Free = z.record(z.string(), z.unknown());
    const body = '{"id":12345678901234567890,"none":null}';

    const value = decodeBody(Free, { body, contentType: 'application/json' }, 'x');

    expect(JSON.stringify(value)).toBe('{"id":12345678901234567890}');
  });

  it('reads a form where the schema is flat text, the first value of a field', () => {
    expect(register('url=h%3A1&tag=a&tag=b', 'application/x-www-form-urlencoded')).toEqual({
      url: 'h:1',
      tag: 'a',
    });
  });

  it('reads no form where the schema is more than flat text', () => {
    const decode = () =>
      decodeBody(
        RunnerConfig,
        { body: 'name=a', contentType: 'application/x-www-form-urlencoded' },
        'x',
      );

    expect(messageFrom(decode)).toBe('code=415, message=Unsupported Media Type');
  });

  it('refuses JSON that nests too deeply for those who walk it', () => {
    const body = `{"url":${'['.repeat(200_000)}`;

    expect(messageFrom(() => register(body))).toBe(
      "code=400, message=Syntax error: offset=1007, error=invalid character '[' exceeded max depth",
    );
  });
});
