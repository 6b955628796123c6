import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { WorkerRpc } from './worker-rpc.ts';

describe('WorkerRpc', () => {
  function rpcTo(code: string): WorkerRpc<string> {
    const worker = new Worker(code, { eval: true });
    return new WorkerRpc(worker, { name: 'the worker', onDeath: () => undefined });
  }

  it.each([
    { why: 'throws', code: "throw new Error('out of memory')", reason: 'out of memory' },
    { why: 'exits', code: 'process.exit(3)', reason: 'exit code 3' },
  ])('refuses what waits when the worker $why', async ({ code, reason }) => {
    await expect(rpcTo(code).ask('x')).rejects.toMatchObject({
      kind: 'unavailable',
      message: `the worker died: ${reason}`,
    });
  });

  it('refuses what cannot be sent, and nothing that was asked with it', async () => {
    const code = `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', (asked) => {
        parentPort.postMessage(asked.map(({ id, request }) => ({ id, ok: true, value: request })));
      });`;
    const rpc = new WorkerRpc<unknown>(new Worker(code, { eval: true }), {
      ...{ name: 'the worker', onDeath: () => undefined },
    });

    const answers = await Promise.allSettled([rpc.ask('a'), rpc.ask(() => 'b'), rpc.ask('c')]);

    expect(answers).toMatchObject([
      { status: 'fulfilled', value: 'a' },
      { status: 'rejected', reason: { kind: 'internal' } },
      { status: 'fulfilled', value: 'c' },
    ]);
    await rpc.end('d');
  });

  it('refuses a request beyond its limit', async () => {
    const rpc = rpcTo("require('node:worker_threads').parentPort.on('message', () => {})");
    const waiting = Array.from({ length: 10_000 }, () => rpc.ask('x').catch(() => 'died'));

    await expect(rpc.ask('x')).rejects.toThrow('the worker has 10000 requests waiting');

    await rpc.end('x').catch(() => undefined);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['died']));
  });
});
