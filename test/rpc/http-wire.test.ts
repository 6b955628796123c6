import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../shared/kernel/clock.ts';
import { httpTransport } from '../../shared/rpc/http/http-channel.ts';
import { listenHttp } from '../../shared/rpc/http/http-listener.ts';
import { openRawServer } from '../support/raw-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { ECHO, EchoService } from './echo-service.ts';
import { request } from './transport-contract.ts';

const closings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

async function serve() {
  const service = new EchoService();
  const listener = await listenHttp(service.dispatch, { payloadBytesMax: 1_024 });
  closings.push(() => listener.drain(0));
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`http://${listener.address}${path}`, {
      ...{ method: 'POST', body: '{"name":"x"}' },
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
      ...init,
    });
  return { service, ask };
}

describe('a call as plain HTTP', () => {
  it('is a POST of JSON with headers for what goes beside it', async () => {
    const { service, ask } = await serve();
    const answer = await ask(`/rpc/${ECHO}/Echo`, {
      headers: {
        'Content-Type': 'application/json',
        ...{ 'X-Timeout-Ms': '5000', 'Rpc-Meta-Tenant': 'caf%C3%A9' },
      },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('rpc-meta-tenant')).toBe('caf%C3%A9');
    expect(await answer.json()).toEqual({ name: 'x' });
    expect(service.calls[0]).toMatchObject({ metadata: { tenant: 'café' }, timeoutMs: 5_000 });
  });

  it('that fails is answered with a fitting status, code and whether it ran', async () => {
    const { ask } = await serve();
    const failed = await ask(`/rpc/${ECHO}/Fail`);
    expect(failed.status).toBe(404);
    expect(await failed.json()).toEqual({
      ...{ code: 'not_found', message: 'no greeting for Ünal 100%', executed: 'yes' },
    });
    const refused = await ask(`/rpc/${ECHO}/Refuse`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await refused.json()).toMatchObject({ executed: 'no', retry_after_ms: 1_500 });
  });

  it.each([
    { path: '/other', init: {}, status: 501, code: 'unimplemented' },
    { path: '/rpc/a.B/C/D', init: {}, status: 501, code: 'unimplemented' },
    {
      ...{ path: `/rpc/${ECHO}/Echo`, status: 400, code: 'invalid_argument' },
      init: { headers: { 'Content-Type': 'text/plain' } },
    },
    {
      ...{ path: `/rpc/${ECHO}/Echo`, status: 400, code: 'invalid_argument' },
      init: { headers: { 'Content-Type': 'application/json', 'X-Timeout-Ms': 'soon' } },
    },
    {
      ...{ path: `/rpc/${ECHO}/Echo`, status: 429, code: 'resource_exhausted' },
      init: { body: 'x'.repeat(1_025) },
    },
  ])('that is none is refused: $path $init.headers', async ({ path, init, status, code }) => {
    const { service, ask } = await serve();
    const answer = await ask(path, init);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code, executed: 'no' });
    expect(service.calls).toHaveLength(0);
  });

  it('is given up when its client goes', async () => {
    const { service, ask } = await serve();
    const client = new AbortController();
    const asked = ask(`/rpc/${ECHO}/Hang`, { signal: client.signal });
    await waitFor('the call', () => service.calls.length === 1);
    client.abort();
    await expect(asked).rejects.toThrow('aborted');
    await waitFor('the method to be told', () => service.calls[0]?.signal.aborted === true);
  });

  it('is told when its time is over, if it still listens', async () => {
    const { service, ask } = await serve();
    const answer = await ask(`/rpc/${ECHO}/Hang`, {
      headers: { 'Content-Type': 'application/json', 'X-Timeout-Ms': '50' },
    });
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({ code: 'deadline_exceeded', executed: 'maybe' });
    expect(service.calls[0]?.signal.aborted).toBe(true);
  });
});

it('an instance that says that it drains is believed for a while', async () => {
  const service = new EchoService();
  const listener = await listenHttp(service.dispatch);
  closings.push(() => listener.drain(0));
  let nowMs = 0;
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  const channel = httpTransport({ clock }).channel(listener.address);
  closings.push(() => channel.close());
  await channel.call(request('Echo'));
  expect(channel.isDraining).toBe(false);
  await expect(channel.call(request('Drain'))).rejects.toMatchObject({ reason: 'draining' });
  expect(channel.isDraining).toBe(true);
  nowMs += 5_000;
  expect(channel.isDraining).toBe(false);
});

describe('an answer of what is none of our servers', () => {
  it.each([
    {
      answer: 'HTTP/1.1 503 Busy\r\nRetry-After: 2\r\nContent-Length: 4\r\n\r\nbusy',
      error: { code: 'unavailable', reason: 'service_unavailable', retryAfterMs: 2_000 },
    },
    {
      answer: 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
      error: { code: 'unimplemented', reason: 'protocol' },
    },
    {
      answer: 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi',
      error: { code: 'internal', reason: 'protocol' },
    },
    {
      answer: 'HTTP/1.1 500 Oh\r\nContent-Length: 26\r\n\r\n{"code":"odd","message":1}',
      error: { code: 'unknown', reason: 'protocol', executed: 'maybe' },
    },
  ])('is $error.code: $answer', async ({ answer, error }) => {
    const server = await openRawServer((socket) => {
      socket.end(answer);
    });
    closings.push(() => server.close());
    const channel = httpTransport().channel(`127.0.0.1:${server.port}`);
    closings.push(() => channel.close());
    await expect(channel.call(request('Echo'))).rejects.toMatchObject(error);
  });
});
