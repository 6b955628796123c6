const PRINTABLE = /^[\t\n\r\P{C}]*$/u;
const FLOAT = /^float(?:\((\d+)\))?$/;

/** What an agent tells, as a record holds it: text, a number, or the digits of a large one. */
export function oidValue(value: unknown, isCounter: boolean, conversion: string): unknown {
  if (conversion === 'hwaddr' && Buffer.isBuffer(value)) return hexPairs(value);
  if (conversion === 'ipaddr' && Buffer.isBuffer(value)) return [...value].join('.');
  const plain = Buffer.isBuffer(value) ? bytesValue(value, isCounter) : value;
  if (conversion === 'int') return Math.trunc(Number(plain));
  const float = FLOAT.exec(conversion);
  return float === null ? plain : Number(plain) / 10 ** Number(float[1] ?? 0);
}

function bytesValue(bytes: Buffer, isCounter: boolean): unknown {
  if (isCounter) return counterOf(bytes);
  const text = bytes.toString();
  return PRINTABLE.test(text) && !text.includes('\uFFFD') ? text : hexPairs(bytes);
}

function counterOf(bytes: Buffer): unknown {
  const count = BigInt(`0x${bytes.length === 0 ? '0' : bytes.toString('hex')}`);
  // More than a double holds: its digits.
  return count <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(count) : JSON.rawJSON(String(count));
}

function hexPairs(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
