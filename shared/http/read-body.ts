import type { IncomingMessage } from 'node:http';
import { AppError } from '../kernel/errors.ts';

const NO_BODY = Buffer.alloc(0);

/** The client went away before its request was complete: nobody is left to be told anything. */
export class ClientGone extends Error {}

/**
 * Reads a request's body to its end.
 * @throws AppError `invalid` with `details.status` 413 when it is longer than `bytesMax`; the rest
 * is then left unread. ClientGone when the connection ends first.
 */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (encoding === undefined && (length === undefined || length === '0')) {
    return Promise.resolve(NO_BODY);
  }
  if (length !== undefined && Number(length) > bytesMax) return Promise.reject(tooLong(bytesMax));
  // It may have gone while it was found out who calls.
  if (request.destroyed) return Promise.reject(new ClientGone());
  return collect(request, bytesMax);
}

function collect(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;

    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bytesMax) {
        chunks.push(chunk);
        return;
      }
      request.off('data', onData);
      request.pause();
      chunks.length = 0;
      reject(tooLong(bytesMax));
    };
    request.on('data', onData);
    request.on('end', () => resolve(joined(chunks)));
    request.on('close', () => {
      // Whoever has sent all is not gone; and an error costs as much as all the rest.
      if (!request.complete) reject(new ClientGone());
    });
  });
}

/** Nearly every body is one chunk, which need not be copied. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first, second] = chunks;
  return first !== undefined && second === undefined ? first : Buffer.concat(chunks);
}

function tooLong(bytesMax: number): AppError {
  return new AppError('invalid', `the request body is longer than ${bytesMax} bytes`, {
    details: { status: 413 },
  });
}
