import { connect, type LookupFunction } from 'node:net';
import type { HttpClient } from '../client/http-client.ts';
import type { InstanceCheck } from '../domain/instance-record.ts';
import { readServiceAddress } from '../domain/service-address.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Look } from './instance-checks.ts';

const ANSWER_BYTES_MAX = 64 * 1024;

/**
 * Looks at instances over the network: an HTTP answer below 400, or a connection, is all right.
 * `lookup` is asked for the addresses of names that are connected to.
 */
export function lookAt(http: Pick<HttpClient, 'request'>, lookup?: LookupFunction): Look {
  return async (address, check, signal) => {
    try {
      return check.type === 'http'
        ? await askOver(http, address, check, signal)
        : await connectTo({ address, signal, ...(lookup !== undefined && { lookup }) }, check);
    } catch (thrown) {
      return `${check.type} check: ${messageOf(thrown)}`;
    }
  };
}

async function askOver(
  http: Pick<HttpClient, 'request'>,
  address: string,
  { path, timeoutMs }: InstanceCheck,
  signal: AbortSignal,
): Promise<string | null> {
  const url = `http://${address}${path}`;
  const { status } = await http.request({
    ...{ method: 'GET', url, timeoutMs, signal },
    answerBytesMax: ANSWER_BYTES_MAX,
  });
  return status < 400 ? null : `http check: ${url} answers ${status}`;
}

interface Target {
  readonly address: string;
  readonly lookup?: LookupFunction;
  readonly signal: AbortSignal;
}

function connectTo(
  { address, ...options }: Target,
  { timeoutMs }: InstanceCheck,
): Promise<string | null> {
  const place = readServiceAddress(address);
  if (place === null) return Promise.resolve(`${address} is no address`);
  return new Promise((resolve, reject) => {
    const socket = connect({ ...place, ...options });
    socket.setTimeout(timeoutMs, () => {
      socket.destroy(new Error(`no connection to ${address} within ${timeoutMs} ms`));
    });
    socket.once('connect', () => {
      socket.destroy();
      resolve(null);
    });
    socket.once('error', reject);
  });
}
