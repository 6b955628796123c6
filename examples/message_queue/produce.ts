import { runExample, say } from '../run-example.ts';
import { MessageQueue } from './queue.ts';

const { REDIS_ADDR: redisAddr = 'localhost:6379' } = process.env;
const COUNT_DEFAULT = 10_000;
const A_CALL = 1_000;

await runExample(async () => {
  const queue = await MessageQueue.open(redisAddr);
  const count = Number(process.argv[2] ?? COUNT_DEFAULT);
  const messages = Array.from({ length: count }, (_, nth) =>
    JSON.stringify({ text: `hello ${nth}` }),
  );
  for (let at = 0; at < count; at += A_CALL) await queue.put(messages.slice(at, at + A_CALL));
  say(`${count} messages were put, the last one is ${await queue.lastId()}`);
  queue.close();
});
