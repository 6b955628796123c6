const CONTINUATION_MASK = 0xc0;
const CONTINUATION = 0x80;
const CONTINUATIONS_MAX = 3;

/**
 * The last place at or before `until` where bytes of UTF-8 can be cut without cutting a character;
 * `until` itself where they are not UTF-8. The byte at `until` must be there.
 */
export function utf8Cut(bytes: Buffer, from: number, until: number): number {
  let cut = until;
  while (cut > from && until - cut < CONTINUATIONS_MAX && isContinuation(bytes[cut])) cut -= 1;
  const isLead = cut > from && (bytes[cut] ?? 0) >= CONTINUATION_MASK;
  return cut === until || isLead ? cut : until;
}

function isContinuation(byte = 0): boolean {
  return (byte & CONTINUATION_MASK) === CONTINUATION;
}
