import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

const READ_MS_MAX = 15_000;
const ADDRESS = /bootstrap\.servers=([\d.]+:\d+)/;

/**
 * A cluster of Kafka that librdkafka plays: one broker that keeps what it is sent in memory, with
 * groups of consumers. It is made for the tests of clients, and is as strict as its makers made it.
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

  /** So many messages of a topic, as another client reads them: key, headers and value. */
  messages(topic: string, count: number): string[] {
    const flags = ['-b', this.brokers, '-C', '-t', topic, '-o', 'beginning', '-c', String(count)];
    const text = execFileSync('kcat', [...flags, '-q', '-f', '%k %h %s\n'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: READ_MS_MAX,
    });
    return text.split('\n').slice(0, -1);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
