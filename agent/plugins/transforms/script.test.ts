import { afterEach, describe, expect, it } from 'vitest';
import { parseJson } from '../../../shared/api/json-numbers.ts';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import type { Transform } from '../plugin.ts';
import { scriptTransform } from './script.ts';

const open: Transform[] = [];
afterEach(() => {
  for (const transform of open.splice(0)) transform.close?.();
});

function opened(options: Record<string, unknown>, clock = new FakeClock()) {
  const transform = scriptTransform.configure(options).open(pluginContext({ clock }));
  open.push(transform);
  return transform;
}

function made(script: string, records: Record<string, unknown>[]) {
  return opened({ script }).apply(records);
}

describe('the transform script', () => {
  it.each([
    { script: '(r) => ({ ...r, b: r.a * 2 })', records: [{ a: 1, b: 2 }], from: [0] },
    { script: '(r) => { r.b = 3 }', records: [{ a: 1, b: 3 }], from: [0] },
    { script: '(r) => [r, { c: 1 }]', records: [{ a: 1 }, { c: 1 }], from: [0, 0] },
    { script: '(r) => null', records: [], from: [] },
    { script: '(r) => false', records: [], from: [] },
    { script: 'let n = 4; (r) => ({ n: ++n })', records: [{ n: 5 }], from: [0] },
    {
      script: '(r) => ({ ["__proto__"]: 1, x: 2 })',
      records: [{ ['__proto__']: 1, x: 2 }],
      from: [0],
    },
  ])('puts in a record’s place what $script returns', ({ script, records, from }) => {
    const result = made(script, [{ a: 1 }]);

    expect(result).toEqual({ records, from, errors: 0, lastError: '' });
  });

  it.each([
    { script: '(r) => r.a.b.c', why: 'script: TypeError: cannot read property' },
    { script: '(r) => { throw new Error("no") }', why: 'script: Error: no' },
    { script: '(r) => 5', why: 'script: it returned 5, which is no record' },
    { script: '(r) => () => 1', why: 'script: it returned something, which is no record' },
    { script: '5', why: 'script: TypeError: the script is no function of a record' },
    { script: '(r) => process.exit()', why: "script: ReferenceError: 'process' is not defined" },
    { script: '(r) => require("fs")', why: "script: ReferenceError: 'require' is not defined" },
    {
      script: '(r) => r.constructor.constructor("return process")()',
      why: "script: ReferenceError: 'process' is not defined",
    },
    { script: '(r) => { const f = () => f(); f() }', why: 'script: ' },
  ])('leaves a record alone and counts it: $why', ({ script, why }) => {
    const record = { a: 1 };
    const { records, errors, lastError } = made(script, [record]);

    expect(records).toEqual([record]);
    expect(errors).toBe(1);
    expect(lastError).toContain(why);
  });

  it('keeps the digits of what it does not change', () => {
    const record = parseJson('{"id": 12345678901234567891, "in": {"id": 9007199254740993}}');
    if (typeof record !== 'object' || record === null) throw new Error('it is no record');
    const { records } = made('(r) => ({ ...r, ok: true })', [{ ...record }]);

    expect(JSON.stringify(records)).toBe(
      '[{"id":12345678901234567891,"in":{"id":9007199254740993},"ok":true}]',
    );
  });

  it.each([
    { script: '(r) => { if (r.bad) for (;;); return { ok: 1 } }', why: 'longer than 100 ms' },
    {
      script: '(r) => r.bad ? /^(a+)+$/.test("a".repeat(40) + "b") : { ok: 1 }',
      why: 'longer than 100 ms',
    },
    {
      script:
        'Array.prototype.toJSON = () => 1; Object.prototype.ok = 2; JSON.parse = JSON.stringify = null; (r) => { if (r.bad) for (;;); return { ok: 1 } }',
      why: 'longer than 100 ms',
    },
  ])('is cut off at one record and does the others: $script', ({ script, why }) => {
    const transform = opened({ script, timeout_ms: 100, batch_timeout_ms: 5_000 });
    const { records, errors, lastError } = transform.apply([{ a: 1 }, { bad: 1 }, { a: 2 }]);

    expect(records).toEqual([{ ok: 1 }, { bad: 1 }, { ok: 1 }]);
    expect(errors).toBe(1);
    expect(lastError).toMatch(why);
  });

  it('does not get more memory than it may have', () => {
    const script = '(r) => { const a = []; for (;;) a.push("x".repeat(1e5) + a.length); }';
    const transform = opened({ script, timeout_ms: 50, batch_timeout_ms: 100, memory_mb: 4 });

    expect(transform.apply([{ a: 1 }])).toMatchObject({ records: [{ a: 1 }], errors: 1 });
  });

  it('is ended where not even the interpreter gets a word in, has a rest, and begins anew', () => {
    const clock = new FakeClock();
    const script = '(r) => r.bad ? "a".repeat(1e6).indexOf("a".repeat(5e5) + "b") : { ok: 1 }';
    const transform = opened({ script, timeout_ms: 100, batch_timeout_ms: 300 }, clock);

    expect(transform.apply([{ a: 1 }]).records).toEqual([{ ok: 1 }]);
    const ended = transform.apply([{ bad: 1 }, { a: 1 }]);
    expect(ended.records).toEqual([{ bad: 1 }, { a: 1 }]);
    expect(ended.lastError).toBe('script: it did not come to an end in 300 ms');
    expect(transform.apply([{ a: 1 }])).toMatchObject({
      ...{ records: [{ a: 1 }], errors: 1 },
      lastError: 'script: it has a rest, for it did not come to an end in 300 ms',
    });
    clock.advance(10_001);
    expect(transform.apply([{ a: 1 }])).toMatchObject({ records: [{ ok: 1 }], errors: 0 });
  });

  it('has a rest after being cut off three times in a batch', () => {
    const transform = opened({ script: '(r) => { for (;;); }', timeout_ms: 5 });
    const records = [{ a: 1 }, { a: 2 }, { a: 3 }];

    expect(transform.apply(records).errors).toBe(3);
    expect(transform.apply(records).lastError).toContain('it has a rest');
  });

  it.each([
    { options: {}, why: 'script: either script or scriptpath is required' },
    { options: { script: '(r) => {' }, why: 'script: is no JavaScript: Unexpected end of input' },
    { options: { script: 'x', interprepter: 'bash' }, why: 'no command is run for a record' },
    { options: { script: 'x', timeout_ms: 0 }, why: 'timeout_ms: ' },
  ])('says what is wrong: $why', ({ options, why }) => {
    expect(() => scriptTransform.configure(options)).toThrow(why);
  });
});
