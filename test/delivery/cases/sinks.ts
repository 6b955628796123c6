import { writeFile } from 'node:fs/promises';
import type { DeliveryCase, Size } from '../support/delivery-case.ts';
import type { Delivered } from '../support/examine.ts';
import { numberedLines } from '../support/numbered-lines.ts';
import type { Behaviour, Receiver } from '../support/receiver.ts';
import { collects, follows, toHttp, toRawFile } from '../support/runner-configs.ts';
import type { Scene } from '../support/scene.ts';

const SIZES = { full: { lines: 100_000, times: 10 }, reduced: { lines: 2_000, times: 1 } };
const FAILURES: readonly Failure[] = ['hangs', 'fails', 'resets', 'answers-early', 'dies'];
/** Much less than what is read: the original threw away what was more. */
const OLD_QUEUE_OPTIONS = {
  fault_tolerant: 'true',
  ft_strategy: 'always_save',
  max_disk_used_bytes: '65536',
};

type Failure = Behaviour | 'dies';

/** A sink that fails is waited for, and gets everything once it is well again. */
export const SINKS: readonly DeliveryCase[] = [
  {
    name: 'a sink fails, and is well again',
    ...SIZES,
    run: (scene, size) => failAndHeal(scene, size, FAILURES),
  },
  {
    name: 'a sink has the batch and closes in the middle of its answer',
    ...SIZES,
    run: (scene, size) => failAndHeal(scene, size, ['answers-half']),
  },
  {
    name: 'a sink fails, and another of the same runner goes on meanwhile',
    ...SIZES,
    run: healthyGoesOn,
  },
  {
    name: 'a graceful stop while the sink is down',
    full: { lines: 20_000, times: 3 },
    reduced: { lines: 20_000, times: 1 },
    run: stopWhileDown,
  },
  {
    fault: 12,
    name: 'a sink is down for longer than the queue of the original held',
    full: { lines: 60_000, times: 1 },
    reduced: { lines: 6_000, times: 1 },
    run: outlastQueue,
  },
];

interface Failing {
  readonly failure: Failure;
  readonly source: string;
  readonly receiver: Receiver;
}

async function failAndHeal(
  scene: Scene,
  { lines, times }: Size,
  failures: readonly Failure[],
): Promise<readonly Delivered[]> {
  await scene.program.run();
  const all = await Promise.all(failures.map((failure) => failing(scene, failure)));
  for (const { failure, source, receiver } of all) {
    await scene.addRunner(failure, collects(follows(source), toHttp(receiver.url)));
  }
  for (let turn = 0; turn < times; turn += 1) {
    for (const { failure, receiver } of all) await fail(receiver, failure);
    const writers = all.map(({ source }) => scene.write(share(source, turn, lines / times)));
    for (const { failure } of all) await scene.troubled(failure, /^sender /);
    for (const { failure, receiver } of all) await heal(receiver, failure);
    for (const writer of writers) await writer.done;
    for (const { failure } of all) await scene.settled(failure, ((turn + 1) * lines) / times);
  }
  return all.map(({ failure, receiver }) => ({ ...received(receiver, lines), sink: failure }));
}

/** One turn's lines of all. */
function share(path: string, turn: number, lines: number) {
  return { source: 'a', path, from: turn * lines, to: (turn + 1) * lines };
}

async function failing(scene: Scene, failure: Failure): Promise<Failing> {
  const receiver = await scene.receiver(`${failure}.received`);
  await receiver.start();
  const source = scene.path(`${failure}.log`);
  await writeFile(source, '');
  return { failure, source, receiver };
}

function fail(receiver: Receiver, failure: Failure): Promise<void> {
  return failure === 'dies' ? receiver.die() : receiver.behave(failure);
}

function heal(receiver: Receiver, failure: Failure): Promise<void> {
  return failure === 'dies' ? receiver.start() : receiver.behave('well');
}

async function healthyGoesOn(scene: Scene, { lines }: Size): Promise<readonly Delivered[]> {
  const [sick, well] = [
    await scene.receiver('sick.received'),
    await scene.receiver('well.received'),
  ];
  await well.start();
  const source = scene.path('app.log');
  const file = scene.path('out.txt');
  await writeFile(source, numberedLines('a', 0, lines));
  await scene.program.run();
  const senders = [toHttp(sick.url), toHttp(well.url), toRawFile(file)];
  await scene.addRunner('r1', collects(follows(source), ...senders));
  await scene.holds(file, lines);
  await scene.holds(well.file, lines);
  await sick.start();
  await scene.caughtUp({ r1: lines });
  return [
    { sink: 'file', files: [file], form: 'raw', expected: { a: lines } },
    { ...received(well, lines), sink: 'the healthy http' },
    { ...received(sick, lines), sink: 'the http that failed' },
  ];
}

async function stopWhileDown(scene: Scene, { lines, times }: Size): Promise<readonly Delivered[]> {
  const receiver = await scene.receiver('received.ndjson');
  const source = scene.path('app.log');
  await writeFile(source, numberedLines('a', 0, lines));
  await scene.program.run();
  await scene.addRunner('r1', collects(follows(source), toHttp(receiver.url)));
  for (let turn = 0; turn < times; turn += 1) {
    await scene.troubled('r1', /^sender /);
    const code = await scene.program.end('SIGTERM');
    if (code !== 0) throw new Error(`stopped by SIGTERM it ended with ${String(code)}`);
    await scene.program.run();
  }
  await receiver.start();
  await scene.caughtUp({ r1: lines });
  return [received(receiver, lines)];
}

async function outlastQueue(scene: Scene, { lines }: Size): Promise<readonly Delivered[]> {
  const receiver = await scene.receiver('received.ndjson');
  const source = scene.path('app.log');
  await writeFile(source, numberedLines('a', 0, lines));
  await scene.program.run();
  const sender = { ...toHttp(receiver.url), ...OLD_QUEUE_OPTIONS };
  await scene.addRunner('r1', collects(follows(source), sender));
  await scene.troubled('r1', /^sender /);
  await receiver.start();
  await scene.caughtUp({ r1: lines });
  return [received(receiver, lines)];
}

function received({ file }: Receiver, lines: number): Delivered {
  return { sink: 'http', files: [file], form: 'records', expected: { a: lines } };
}
