/**
 * A small database of the format mmdb, for IPv4: networks as texts of bits, each with its record.
 * Values are texts, numbers (doubles), lists and objects.
 */
export function mmdbOf(networks: readonly (readonly [bits: string, record: unknown])[]): Buffer {
  const data: Buffer[] = [];
  let dataBytes = 0;
  const nodes: [Child, Child][] = [[null, null]];
  for (const [bits, record] of networks) {
    place(nodes, bits, dataBytes);
    const bytes = valueBytes(record);
    data.push(bytes);
    dataBytes += bytes.length;
  }
  const tree = nodes.flat().map((child) => childBytes(child, nodes.length));
  const metadata = {
    ...{ node_count: uint(nodes.length), record_size: uint(32), ip_version: uint(4) },
    ...{ database_type: 'Test', languages: ['en'], build_epoch: uint(1) },
    ...{ binary_format_major_version: uint(2), binary_format_minor_version: uint(0) },
    description: { en: 'Test' },
  };
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  return Buffer.concat([...tree, Buffer.alloc(16), ...data, marker, valueBytes(metadata)]);
}

type Child = { readonly node: number } | { readonly data: number } | null;

function place(nodes: [Child, Child][], bits: string, data: number): void {
  let at = 0;
  for (const [index, bit] of Array.from(bits).entries()) {
    const side = bit === '0' ? 0 : 1;
    const node = nodes[at];
    if (node === undefined) return;
    if (index === bits.length - 1) {
      node[side] = { data };
      return;
    }
    const child = node[side];
    if (child !== null && 'node' in child) {
      at = child.node;
      continue;
    }
    nodes.push([null, null]);
    at = nodes.length - 1;
    node[side] = { node: at };
  }
}

function childBytes(child: Child, nodeCount: number): Buffer {
  const bytes = Buffer.alloc(4);
  if (child === null) bytes.writeUInt32BE(nodeCount);
  else bytes.writeUInt32BE('node' in child ? child.node : nodeCount + 16 + child.data);
  return bytes;
}

function uint(number: number): { readonly uint: number } {
  return { uint: number };
}

function valueBytes(value: unknown): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([control(2, text.length), text]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), bytes]);
  }
  if (Array.isArray(value)) {
    return Buffer.concat([control(11, value.length), ...value.map(valueBytes)]);
  }
  if (typeof value !== 'object' || value === null) throw new Error('no value of a database');
  if ('uint' in value) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(Number(value.uint));
    return Buffer.concat([control(6, 4), bytes]);
  }
  const entries = Object.entries(value);
  const pairs = entries.flatMap(([name, inner]) => [valueBytes(name), valueBytes(inner)]);
  return Buffer.concat([control(7, entries.length), ...pairs]);
}

function control(type: number, size: number): Buffer {
  const long = size >= 29;
  const low = long ? 29 : size;
  const bytes = type > 7 ? [low, type - 7] : [(type << 5) | low];
  return Buffer.from(long ? [...bytes, size - 29] : bytes);
}
