import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);

const READ_MS_MAX = 15_000;
const READ_BYTES_MAX = 100_000_000;
const ADDRESS = /bootstrap\.servers=([\d.]+:\d+)/;
/** Partitions of a topic, which is made when it is first heard of. */
const PARTITIONS = 4;

/**
 * A cluster of Kafka that librdkafka plays: one broker that keeps in memory what it is sent, the
 * last 5 MB of each partition, with groups of consumers. It is made for the tests of clients, and is
 * as strict as its makers made it.
 */
export class KafkaCluster {
  readonly brokers: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, brokers: string) {
    this.#child = child;
    this.brokers = brokers;
  }

  static async start(): Promise<KafkaCluster> {
    // It produces what it reads from its input, which stays open and is silent.
    const flags = ['-X', 'test.mock.num.brokers=1', '-d', 'mock', '-b', 'mock', '-P', '-t', 'none'];
    const child = spawn('kcat', flags, { stdio: ['pipe', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.setEncoding('utf8');
    for (;;) {
      const [text] = (await once(child.stderr, 'data')) as unknown[];
      told += String(text);
      const brokers = ADDRESS.exec(told)?.[1];
      if (brokers === undefined) continue;
      child.stderr.resume();
      return new KafkaCluster(child, brokers);
    }
  }

  /** So many messages of a topic, or all, as another client reads them: key, headers and value. */
  async messages(topic: string, count?: number): Promise<string[]> {
    const all = count ?? (await this.count(topic));
    const what = ['-C', '-t', topic, '-o', 'beginning', '-c', String(all)];
    const text = await this.#ask([...what, '-q', '-f', '%k %h %s\n']);
    return text.split('\n').slice(0, -1);
  }

  /** How many messages a topic has had in all. */
  async count(topic: string): Promise<number> {
    const ends = Array.from({ length: PARTITIONS }, (_, index) => ['-t', `${topic}:${index}:-1`]);
    const text = await this.#ask(['-Q', ...ends.flat()]);
    return [...text.matchAll(/offset (\d+)/g)].reduce((sum, [, end]) => sum + Number(end), 0);
  }

  /** Puts values, each a line of text, into a partition; an empty one is a message without a value. */
  async produce(topic: string, values: readonly string[], partition = 0): Promise<void> {
    const place = ['-b', this.brokers, '-t', topic, '-p', String(partition)];
    // Each line begins with a key that is empty: one that is empty altogether would be left out.
    const form = ['-K', '|', '-Z', '-X', 'message.max.bytes=4000000', '-X', 'linger.ms=100'];
    const child = spawn('kcat', [...place, '-P', ...form], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const done = once(child, 'exit');
    child.stdin.end(values.map((value) => `|${value}\n`).join(''));
    const [code] = await done;
    if (code !== 0) throw new Error(`kcat has not sent to ${topic}`);
  }

  /** Keeps its connections, and answers nothing. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** The cluster tells so much that it has to be heard meanwhile, or it stops. */
  async #ask(flags: readonly string[]): Promise<string> {
    const { stdout } = await run('kcat', ['-b', this.brokers, ...flags], {
      timeout: READ_MS_MAX,
      maxBuffer: READ_BYTES_MAX,
    });
    return stdout;
  }
}
