interface Range {
  /** The last address of it. */
  readonly last: string;
  readonly parts: readonly string[];
}

/** A small database of the formats of ipip.net: ranges in rising order, each with its text. */
export function ipipDatabaseOf(ranges: readonly Range[], format: 'dat' | 'datx'): Buffer {
  const tableBytes = format === 'dat' ? 256 * 4 : 65_536 * 4;
  const lengthBytes = format === 'dat' ? 1 : 2;
  const texts = ranges.map(({ parts }) => Buffer.from(parts.join('\t')));
  const entries = ranges.map(({ last }, index) => {
    const offset = texts.slice(0, index).reduce((sum, { length }) => sum + length, 0);
    const entry = Buffer.alloc(7 + lengthBytes);
    entry.set(last.split('.').map(Number), 0);
    entry.writeUIntLE(offset, 4, 3);
    entry.writeUIntBE(texts[index]?.length ?? 0, 7, lengthBytes);
    return entry;
  });
  const index = Buffer.concat(entries);
  const head = Buffer.alloc(4);
  // The texts are found from here, less the size of the table.
  head.writeUInt32BE(4 + tableBytes + index.length + tableBytes);
  return Buffer.concat([head, tableOf(ranges, tableBytes / 4), index, ...texts]);
}

/** By the first byte, or the first two, of an address: the first range that reaches it. */
function tableOf(ranges: readonly Range[], slots: number): Buffer {
  const table = Buffer.alloc(slots * 4);
  for (let slot = 0; slot < slots; slot += 1) {
    const reached = ranges.findIndex(({ last }) => {
      const [a = 0, b = 0] = last.split('.').map(Number);
      return (slots === 256 ? a : a * 256 + b) >= slot;
    });
    table.writeUInt32LE(reached === -1 ? ranges.length : reached, slot * 4);
  }
  return table;
}
