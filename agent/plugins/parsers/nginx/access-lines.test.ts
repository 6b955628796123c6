import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf, pluginContext } from '../../../../test/support/plugin-context.ts';
import { nginxParser } from '../nginx.ts';

const LINE =
  '10.0.0.7 - bob [10/Oct/2024:13:55:36 +0200] "GET /a?b=\\x22 HTTP/1.1" 200 512 "-" "curl/8 (x)"';

/** What is told of the lines by way of bytes, and by way of text. */
function bothWays(text: string | Buffer, options: Record<string, string>) {
  const batch = { ...batchOf(text.toString()), bytes: Buffer.from(text) };
  const parser = nginxParser.configure(options).open(pluginContext());
  expect(parser.makesText).toBe(true);
  return (['ndjson', 'objects'] as const).map((wanted) => {
    const { records, ...rest } = parser.parse(batch, wanted);
    return { ndjson: records.ndjson().toString(), objects: records.objects(), ...rest };
  });
}

const SCHEMA = 'status long, body_bytes_sent float, time_local date, remote_user long';
const OPTIONS: readonly Record<string, string>[] = [
  {},
  { nginx_schema: SCHEMA },
  { nginx_schema: 'remote_addr long' },
  { labels: 'team shop,status mine', keep_raw_data: 'true' },
  { labels: 't 1,t 2,__proto__ x,raw_data mine', keep_raw_data: 'true' },
  { disable_record_errdata: 'true' },
  { disable_record_errdata: 'true', keep_raw_data: 'true' },
];

const CHARACTERS = ['a', 'b', ' ', '-', '"', '[', ']', '\\', '\t', '\r', '\u0001'];
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: fc.constantFrom(...CHARACTERS) }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '-', '日本', 'a\u00a0', '\u3000b', '9007199254740993'),
  },
  { weight: 2, arbitrary: fc.integer().map(String) },
);
const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(piece, { minLength: 8, maxLength: 8 })
      .map(([a, b, c, d, e, f, g, h]) => `${a} - ${b} [${c}] "${d}" ${e} ${f} "${g}" "${h}"`),
  },
  { weight: 1, arbitrary: fc.constantFrom(LINE, `${LINE} `, ` ${LINE}`, '', '\u3000', ' \t') },
  { weight: 1, arbitrary: fc.string() },
);

describe('an access log', () => {
  it('comes out the same by way of bytes and by way of text', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 10 }),
        fc.constantFrom(...OPTIONS),
        fc.constantFrom('\n', '\r\n'),
        (lines, options, lineBreak) => {
          const text = lines.map((each) => each.replaceAll('\n', '') + lineBreak).join('');
          const [bytes, objects] = bothWays(text, options);

          expect(bytes).toEqual(objects);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each(OPTIONS)('comes out the same where its bytes are no UTF-8: %j', (options) => {
    const bytes = Buffer.from(`${LINE}\n${LINE}`.replace('bob', 'b\u00e9b'), 'latin1');
    const [direct, objects] = bothWays(bytes, options);

    expect(direct).toEqual(objects);
    expect(direct?.success).toBe(2);
  });

  it('may be longer than what is looked at as bytes', () => {
    const long = LINE.replace('curl', 'x'.repeat(100_000));
    const [bytes, objects] = bothWays(`${long}\n${LINE}\n`, {});

    expect(bytes).toEqual(objects);
    expect(bytes).toMatchObject({ success: 1, errors: 1 });
  });

  it('keeps a line over several for one', () => {
    const parser = nginxParser.configure({}).open(pluginContext());
    const text = `${LINE.replace('GET', 'GET\n')}\n`;
    const batch = { ...batchOf(text), lines: 1, ends: Uint32Array.of(text.length) };

    const { records, success } = parser.parse(batch, 'ndjson');

    expect(success).toBe(1);
    expect(records.objects()).toEqual(parser.parse(batch, 'objects').records.objects());
  });
});
