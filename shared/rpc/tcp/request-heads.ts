import { AppError } from '../../kernel/errors.ts';
import type { Codec, RpcRequest } from '../transport.ts';
import { EXTRA, encodeMetadata, RESERVED_PREFIX } from './wire-metadata.ts';

/** Time-outs have a fixed width on the wire, so that all else about a method is encoded once. */
const TIMEOUT_DIGITS = 10;
/** This one and more: the caller waits for as long as it takes. */
export const NO_TIMEOUT_MS = 10 ** TIMEOUT_DIGITS - 1;
const DIGIT_ZERO = 0x30;

/** Methods that are kept encoded. */
const HEADS_MAX = 1024;

/** The metadata of a method's requests, in which only the time-out changes from call to call. */
export class RequestHead {
  readonly service: string;
  readonly method: string;
  readonly codec: Codec;
  readonly #bytes: Uint8Array;
  readonly #digitsAt: number;
  #timeoutMs = 0;

  constructor({ service, method, codec, metadata }: Omit<RpcRequest, 'payload'>) {
    this.service = service;
    this.method = method;
    this.codec = codec;
    const digits = '0'.repeat(TIMEOUT_DIGITS);
    const extra = { ...metadata, [EXTRA.timeoutMs]: digits };
    this.#bytes = encodeMetadata(codec, { service, method, error: '', extra });
    const text = Buffer.from(this.#bytes);
    this.#digitsAt = text.indexOf(digits, text.lastIndexOf(EXTRA.timeoutMs));
  }

  /** They are good until the next call of it. */
  bytes(timeoutMs: number): Uint8Array {
    const whole = Math.min(NO_TIMEOUT_MS, Math.ceil(timeoutMs));
    if (whole !== this.#timeoutMs) this.#writeTimeout(whole);
    return this.#bytes;
  }

  #writeTimeout(timeoutMs: number): void {
    this.#timeoutMs = timeoutMs;
    for (let rest = timeoutMs, digit = TIMEOUT_DIGITS - 1; digit >= 0; digit -= 1) {
      this.#bytes[this.#digitsAt + digit] = DIGIT_ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
}

/** The metadata of requests; that of calls without metadata of their own is encoded once a method. */
export class RequestHeads {
  readonly #heads = new Map<string, RequestHead>();
  #last: RequestHead | null = null;

  /** @throws AppError `invalid` for metadata that is the protocol's own. */
  of(request: RpcRequest): RequestHead {
    if (hasMetadata(request)) return new RequestHead(request);
    const { service, method, codec } = request;
    const last = this.#last;
    if (last?.method === method && last.service === service && last.codec === codec) return last;
    const key = `${codec} ${service}/${method}`;
    const head = this.#heads.get(key) ?? new RequestHead(request);
    if (this.#heads.size >= HEADS_MAX) this.#heads.clear();
    this.#heads.set(key, head);
    this.#last = head;
    return head;
  }
}

function hasMetadata({ metadata }: RpcRequest): boolean {
  let has = false;
  for (const key in metadata) {
    has = true;
    if (key.startsWith(RESERVED_PREFIX)) {
      throw new AppError(
        'invalid',
        `metadata "${key}": names with ${RESERVED_PREFIX} are reserved`,
      );
    }
  }
  return has;
}
