import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Framer } from './frames.ts';
import { JsonFramer } from './json-framer.ts';
import { SyslogFramer } from './syslog-framer.ts';

const BYTES_MAX = 64;

describe('SyslogFramer', () => {
  it.each([
    { what: 'messages with their lengths', given: '5 <1>ab6 <1>abc', records: ['<1>ab', '<1>abc'] },
    { what: 'messages that are lines', given: '<1>a\n<2>b\n', records: ['<1>a', '<2>b'] },
    { what: 'both, mixed', given: '5 <1>ab<2>b\n5 <3>cd', records: ['<1>ab', '<2>b', '<3>cd'] },
    { what: 'line breaks inside', given: '7 <1>a\nbc<2>\n', records: ['<1>a\nbc', '<2>'] },
    {
      what: 'a break after a counted one',
      given: '5 <1>ab\n5 <1>cd\n',
      records: ['<1>ab', '<1>cd'],
    },
    { what: 'a last one without a break', given: '<1>a\n<2>b', records: ['<1>a', '<2>b'] },
    {
      what: 'a line that begins with a number',
      given: '2024-01-01 x\n',
      records: ['2024-01-01 x'],
    },
    { what: 'a number that is no length', given: '0 <1>a\n', records: ['0 <1>a'] },
    { what: 'nothing but a number', given: '12', records: ['12'] },
    { what: 'one that is cut off by the end', given: '9 <1>abc', records: ['<1>abc'] },
  ])('takes $what', ({ given, records }) => {
    expect(recordsOf(new SyslogFramer(BYTES_MAX), [Buffer.from(given)])).toEqual(records);
  });

  it.each([
    { given: `100 ${'x'.repeat(100)}5 <1>ab`, why: 'by its length' },
    { given: `<1>${'x'.repeat(97)}\n5 <1>ab`, why: 'by its line break' },
  ])('cuts a message that is too long, and finds the next one $why', ({ given }) => {
    const framer = new SyslogFramer(BYTES_MAX);
    const records = recordsOf(framer, [Buffer.from(given)]);

    expect(records.map(({ length }) => length)).toEqual([BYTES_MAX, 5]);
    expect(framer.counts.cutLines).toBe(1);
  });

  it('finds the same messages however the bytes are cut into chunks', () => {
    const body = fc.string({ minLength: 1, maxLength: 30 }).map((text) => `<1>${text.trim()}.`);
    const message = fc.tuple(body, fc.boolean());
    fc.assert(
      fc.property(
        fc.array(message),
        fc.array(fc.integer({ min: 1, max: 20 })),
        (messages, cuts) => {
          const bytes = Buffer.concat(
            messages.map(([text, isCounted]) =>
              isCounted
                ? Buffer.from(`${Buffer.byteLength(text)} ${text}`)
                : Buffer.from(`${text.replaceAll('\n', ' ')}\n`),
            ),
          );
          const expected = messages.map(([text, isCounted]) =>
            isCounted ? text : text.replaceAll('\n', ' '),
          );
          expect(recordsOf(new SyslogFramer(1_000), chunksOf(bytes, cuts))).toEqual(expected);
        },
      ),
    );
  });
});

describe('JsonFramer', () => {
  it.each([
    { given: '{"a":1}{"a":2}', records: ['{"a":1}', '{"a":2}'] },
    { given: '{"a":\n 1}\n[1,\r\n2] ', records: ['{"a":  1}', '[1,  2]'] },
    { given: String.raw`{"a":"}\"{"}`, records: [String.raw`{"a":"}\"{"}`] },
    { given: '{"a":{"b":[{}]}}', records: ['{"a":{"b":[{}]}}'] },
    { given: '{"a":1', records: [] },
  ])('takes $records out of $given', ({ given, records }) => {
    expect(recordsOf(new JsonFramer(BYTES_MAX), [Buffer.from(given)])).toEqual(records);
  });

  it('leaves out what is no JSON, and what is too long, and counts them', () => {
    const framer = new JsonFramer(BYTES_MAX);
    const given = `noise {"a":1} more ${JSON.stringify({ long: 'x'.repeat(100) })}{"a":2}`;

    expect(recordsOf(framer, chunksOf(Buffer.from(given), [7]))).toEqual(['{"a":1}', '{"a":2}']);
    expect(framer.counts).toMatchObject({ foreignLines: 2, cutLines: 1 });
  });

  it('finds the same values however the bytes are cut into chunks', () => {
    const values = fc.array(
      fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue())),
    );
    fc.assert(
      fc.property(values, fc.array(fc.integer({ min: 1, max: 20 })), (given, cuts) => {
        const bytes = Buffer.from(given.map((value) => JSON.stringify(value, null, 1)).join(''));
        const records = recordsOf(new JsonFramer(1_000_000), chunksOf(bytes, cuts));
        expect(records.map((text) => JSON.stringify(JSON.parse(text)))).toEqual(
          given.map((value) => JSON.stringify(value)),
        );
      }),
    );
  });
});

describe.each([
  { name: 'SyslogFramer', open: () => new SyslogFramer(BYTES_MAX) },
  { name: 'JsonFramer', open: () => new JsonFramer(BYTES_MAX) },
])('$name, given any bytes,', ({ open }) => {
  it('neither throws nor hands out more than it was given', () => {
    const alphabet = fc.constantFrom(...'0123456789 <>{}[]"\\\n\r\0x'.split(''));
    const noise = fc.oneof(
      fc.uint8Array(),
      fc.array(alphabet).map((all) => Buffer.from(all.join(''))),
    );
    fc.assert(
      fc.property(fc.array(noise), (chunks) => {
        const framer = open();
        const records = recordsOf(
          framer,
          chunks.map((chunk) => Buffer.from(chunk)),
        );
        const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
        expect(records.join('').length).toBeLessThanOrEqual(bytes);
      }),
    );
  });
});

function recordsOf(framer: Framer, chunks: readonly Buffer[]): string[] {
  const parts = [...chunks.flatMap((chunk) => framer.push(chunk)), ...framer.end()];
  return parts.flatMap(({ bytes, ends, lines }) => {
    if (ends === null) {
      const texts = bytes.toString().split('\n').slice(0, -1);
      expect(texts.length).toBe(lines);
      return texts;
    }
    return [...ends].map((end, i) => bytes.toString('utf8', i === 0 ? 0 : ends[i - 1], end - 1));
  });
}

function chunksOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = cuts[turn % Math.max(1, cuts.length)] ?? bytes.length;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}
