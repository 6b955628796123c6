import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf } from '../../shared/kernel/errors.ts';
import { loadServices } from '../../shared/rpc/proto/load-services.ts';
import type { MessageCodec, RpcMessage } from '../../shared/rpc/proto/service-definition.ts';

const PROTO = `
syntax = "proto3";
package demo.v1;
import "google/protobuf/timestamp.proto";
service Numbers {
  rpc Read(All) returns (All) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Put(All) returns (Nothing) { option idempotency_level = IDEMPOTENT; }
  rpc Add(All) returns (Nothing);
}
message Nothing {}
message Inner { string a_name = 1; int32 count = 2; }
enum Colour { NONE = 0; RED = 1; }
message All {
  int64 big_id = 1;
  uint64 unsigned = 2;
  repeated int64 many = 3;
  map<string, int64> by_name = 4;
  bytes raw = 5;
  Colour colour = 6;
  Inner inner = 7;
  repeated Inner inners = 8;
  optional int32 maybe = 9;
  oneof choice { string text = 10; bool flag = 11; }
  double ratio = 12;
  string name = 13;
  google.protobuf.Timestamp at = 14;
}`;

const PLAIN_PROTO = `
syntax = "proto3";
package demo.v1;
service Plain { rpc Read(All) returns (All); }
enum Colour { NONE = 0; RED = 1; }
message Inner { string a_name = 1; int32 count = 2; }
message All {
  int64 big_id = 1;
  uint64 unsigned = 2;
  repeated int64 many = 3;
  Colour colour = 6;
  Inner inner = 7;
  repeated Inner inners = 8;
  optional int32 maybe = 9;
  double ratio = 12;
  string name = 13;
  bool flag = 15;
  uint32 small = 16;
}`;

const EMPTY = {
  ...{ bigId: 0n, unsigned: 0n, many: [], byName: {}, raw: Buffer.alloc(0), colour: 'NONE' },
  ...{ inner: null, inners: [], ratio: 0, name: '', at: null },
};

function all(): MessageCodec {
  const codec = loadServices({ text: PROTO }).get('demo.v1.Numbers')?.methods.get('Read')?.request;
  if (codec === undefined) throw new Error('there is no such method');
  return codec;
}

const FULL = {
  bigId: -(2n ** 63n),
  unsigned: 2n ** 64n - 1n,
  many: [1n, -1n, 2n ** 53n + 1n],
  byName: { a: 1n, b: 2n },
  raw: Buffer.from([0, 255]),
  colour: 'RED',
  inner: { aName: 'x', count: -1 },
  inners: [
    { aName: 'y', count: 0 },
    { aName: '', count: 2 },
  ],
  maybe: 0,
  text: 'chosen',
  ratio: 0.1,
  name: 'ä "quoted" \n',
  at: null,
};

describe('services of .proto files', () => {
  it('have their methods, and say which may be executed twice', () => {
    const services = loadServices({ text: PROTO }, { idempotent: ['demo.v1.Numbers/Add'] });
    const methods = [...(services.get('demo.v1.Numbers')?.methods.values() ?? [])];
    expect(methods.map(({ name, idempotent }) => [name, idempotent])).toEqual([
      ...[
        ['Read', true],
        ['Put', true],
        ['Add', true],
      ],
    ]);
    const plain = loadServices({ text: PROTO }).get('demo.v1.Numbers');
    expect(plain?.methods.get('Add')?.idempotent).toBe(false);
  });

  it.each(['json', 'protobuf'] as const)('messages come through whole in %s', (codec) => {
    const numbers = all();
    expect(numbers.decode(numbers.encode(FULL, codec), codec)).toEqual(FULL);
    expect(numbers.decode(numbers.encode({}, codec), codec)).toEqual(EMPTY);
  });

  it.each(['json', 'protobuf'] as const)(
    'whole numbers may be given as numbers and texts in %s',
    (codec) => {
      const numbers = all();
      const sent = { bigId: 5, unsigned: '18446744073709551615', many: [1, '2', 3n] };
      expect(numbers.decode(numbers.encode(sent, codec), codec)).toMatchObject({
        ...{ bigId: 5n, unsigned: 2n ** 64n - 1n, many: [1n, 2n, 3n] },
      });
    },
  );

  it('JSON is as proto3 maps it, and names as in the file are understood', () => {
    const numbers = all();
    const json: unknown = JSON.parse(Buffer.from(numbers.encode(FULL, 'json')).toString());
    expect(json).toMatchObject({ bigId: '-9223372036854775808', raw: 'AP8=', colour: 'RED' });
    const read = (value: unknown) => numbers.decode(Buffer.from(JSON.stringify(value)), 'json');
    expect(read({ big_id: 7, inner: { a_name: 'x' }, newer: [1] })).toMatchObject({
      ...{ bigId: 7n, inner: { aName: 'x', count: 0 } },
    });
    expect(read({ colour: 1, bigId: '12', at: '2024-01-01T00:00:00Z' })).toMatchObject({
      ...{ colour: 'RED', bigId: 12n, at: { seconds: 1_704_067_200n, nanos: 0 } },
    });
  });

  it('what is not of the type is not sent', () => {
    const numbers = all();
    const encoded = numbers.encode({ name: 'a', password: 'secret' }, 'json');
    expect(Buffer.from(encoded).toString()).not.toContain('secret');
  });

  it.each<{ what: string; bytes: string; codec: 'json' | 'protobuf' }>([
    { what: 'no JSON', bytes: '{', codec: 'json' },
    { what: 'no object', bytes: '[]', codec: 'json' },
    { what: 'a number where a text is due', bytes: '{"name":5}', codec: 'json' },
    { what: 'a number that is too large', bytes: '{"inner":{"count":2147483648}}', codec: 'json' },
    { what: 'a text where a number is due', bytes: '{"bigId":"x"}', codec: 'json' },
    { what: 'a value that the enum lacks', bytes: '{"colour":[]}', codec: 'json' },
    { what: 'no protobuf', bytes: '\u0001\u0002\u0003', codec: 'protobuf' },
  ])('$what is refused under the name of the message', ({ bytes, codec }) => {
    expect(() => all().decode(Buffer.from(bytes), codec)).toThrow(
      /^a message demo.v1.All cannot be/,
    );
  });

  it('fields do not reach the prototype of objects', () => {
    const read: RpcMessage = all().decode(Buffer.from('{"__proto__":{"a":1}}'), 'json');
    expect(read['a']).toBeUndefined();
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  it('are read from files with what they import', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'proto-'));
    try {
      await writeFile(
        join(dir, 'm.proto'),
        'syntax = "proto3"; package p; message M { int32 a = 1; }',
      );
      const service =
        'syntax = "proto3"; package p; import "m.proto"; service S { rpc R(M) returns (M); }';
      await writeFile(join(dir, 's.proto'), service);
      const services = loadServices({ path: join(dir, 's.proto') });
      expect([...services.keys()]).toEqual(['p.S']);
      expect(() => loadServices({ path: join(dir, 'none.proto') })).toThrow(/none\.proto/);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  const M = 'syntax = "proto3"; package p; message M { int32 a = 1; }';
  it.each([
    {
      what: 'that cannot be parsed',
      text: 'service {',
      message: /services cannot be read from the text/,
    },
    { what: 'without a service', text: M, message: /no service in the text/ },
    {
      what: 'with a stream',
      text: `${M} service S { rpc R(stream M) returns (M); }`,
      message: /p\.S\/R streams/,
    },
    {
      what: 'with unknown messages',
      text: `${M} service S { rpc R(X) returns (M); }`,
      message: /X/,
    },
    {
      what: 'that imports a file',
      text: `${M} import "a.proto"; service S { rpc R(M) returns (M); }`,
      message: /imports a\.proto/,
    },
  ])('text $what is refused', ({ text, message }) => {
    expect(() => loadServices({ text })).toThrow(message);
  });

  it('a policy for a method that is not there is refused', () => {
    const load = () => loadServices({ text: PROTO }, { idempotent: ['demo.v1.Numbers/Remove'] });
    expect(load).toThrow('demo.v1.Numbers/Remove');
  });

  describe('messages of plain fields, which go a shorter way to JSON', () => {
    const plain = () => {
      const services = loadServices({ text: PLAIN_PROTO });
      const codec = services.get('demo.v1.Plain')?.methods.get('Read')?.request;
      if (codec === undefined) throw new Error('there is no such method');
      return codec;
    };

    it('are the same by either codec, whatever they hold', () => {
      const inner = fc.record({
        aName: fc.string(),
        count: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      });
      const message = fc.record(
        {
          bigId: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          unsigned: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
          many: fc.array(
            fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer()),
          ),
          colour: fc.constantFrom('NONE', 'RED'),
          inner: fc.option(inner),
          inners: fc.array(inner),
          maybe: fc.integer({ min: -5, max: 5 }),
          ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
          name: fc.string({ unit: 'grapheme' }),
          flag: fc.boolean(),
          small: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
          unknown: fc.string(),
        },
        { requiredKeys: [] },
      );
      const codec = plain();
      fc.assert(
        fc.property(message, (sent) => {
          const byJson = codec.decode(codec.encode(sent, 'json'), 'json');
          expect(byJson).toEqual(codec.decode(codec.encode(sent, 'protobuf'), 'protobuf'));
        }),
      );
    });

    it.each([
      ...['{"name":5}', '{"small":-1}', '{"inner":{"count":2147483648}}', '{"bigId":"x"}', '[]'],
      ...['{"flag":"maybe"}', '{"colour":"BLUE!"}', '{"inners":{}}', '{"unsigned":"-1"}'],
    ])('%s is refused or passed over as it is on the long way', (json) => {
      const either = (codec: MessageCodec) => {
        try {
          const { name, inner, bigId, inners, unsigned } = codec.decode(Buffer.from(json), 'json');
          return { name, inner, bigId, inners, unsigned };
        } catch (thrown) {
          return messageOf(thrown).replace(/unknown.*/, '');
        }
      };
      expect(either(plain())).toEqual(either(longWay()));
    });
  });
});

/** The same message with a part that has to go the long way. */
function longWay(): MessageCodec {
  const text = PLAIN_PROTO.replace('uint32 small = 16;', 'uint32 small = 16; bytes raw = 17;');
  const codec = loadServices({ text }).get('demo.v1.Plain')?.methods.get('Read')?.request;
  if (codec === undefined) throw new Error('there is no such method');
  return codec;
}
