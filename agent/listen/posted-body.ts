import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { ClientGone } from '../../shared/http/read-body.ts';
import { systemCode } from '../../shared/kernel/errors.ts';
import type { ByteShare } from './byte-budget.ts';
import { HttpRefusal, later } from './http-refusal.ts';

const UNPACKERS = { gzip: promisify(gunzip), deflate: promisify(inflate) };
const RETRY_AFTER_S = 1;

interface BodyLimits {
  /** As it arrives, and again as it is when it is unpacked. */
  readonly bytesMax: number;
  readonly share: ByteShare;
}

/**
 * The body of a request, unpacked.
 * @throws HttpRefusal 400, 413, 415 or, where there is no room for it now, 429; ClientGone.
 */
export async function postedBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const encoding = encodingOf(request);
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > limits.bytesMax) throw tooLong(limits.bytesMax);
  const packed = await received(request, limits);
  if (encoding === null || packed.length === 0) return packed;
  const body = await unpacked(packed, encoding, limits.bytesMax);
  if (!limits.share.take(body.length)) throw noRoom();
  return body;
}

function encodingOf({ headers }: IncomingMessage): keyof typeof UNPACKERS | null {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  if (encoding === 'deflate') return 'deflate';
  // Some clients say it only by the type.
  if (headers['content-type'] === 'application/gzip') return 'gzip';
  if (encoding === '' || encoding === 'identity') return null;
  throw new HttpRefusal(415, `content-encoding ${encoding} is not known; send gzip or deflate`);
}

function received(request: IncomingMessage, { bytesMax, share }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const refuse = (refusal: HttpRefusal) => {
      request.off('data', onData);
      request.pause();
      reject(refusal);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > bytesMax) refuse(tooLong(bytesMax));
      else if (share.take(chunk.length)) chunks.push(chunk);
      else refuse(noRoom());
    };
    request.on('data', onData);
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => reject(new ClientGone()));
    request.on('close', () => {
      if (!request.complete) reject(new ClientGone());
    });
  });
}

async function unpacked(packed: Buffer, encoding: keyof typeof UNPACKERS, bytesMax: number) {
  try {
    return await UNPACKERS[encoding](packed, { maxOutputLength: bytesMax });
  } catch (cause) {
    if (systemCode(cause) === 'ERR_BUFFER_TOO_LARGE') throw tooLong(bytesMax);
    throw new HttpRefusal(400, `the body is no ${encoding}`);
  }
}

function tooLong(bytesMax: number): HttpRefusal {
  return new HttpRefusal(413, `the body is longer than ${bytesMax} bytes`);
}

function noRoom(): HttpRefusal {
  return later(429, 'too much is waiting already; send it again later', RETRY_AFTER_S);
}
