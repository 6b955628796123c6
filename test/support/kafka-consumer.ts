import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { KafkaCluster } from './kafka-cluster.ts';
import { waitFor } from './wait-for.ts';

const SESSION_MS = 4_000;
const HEARTBEAT_MS = 1_000;

/** Another client in a group of consumers of the topic of the same name, which tells how far it is. */
export class KafkaConsumer {
  /** Values, as they came. */
  readonly lines: string[] = [];
  /** How many partitions it has. */
  assigned = 0;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      this.lines.push(...lines);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const told = [...text.matchAll(/assigned: (.*)/g)].at(-1)?.[1];
      if (told !== undefined) this.assigned = told.split(',').length;
    });
  }

  static async join({ brokers }: KafkaCluster, name: string): Promise<KafkaConsumer> {
    const settings = [
      'partition.assignment.strategy=roundrobin',
      'auto.offset.reset=earliest',
      `session.timeout.ms=${SESSION_MS}`,
      `heartbeat.interval.ms=${HEARTBEAT_MS}`,
    ];
    const flags = ['-b', brokers, ...settings.flatMap((setting) => ['-X', setting])];
    const child = spawn('kcat', [...flags, '-u', '-f', '%s\n', '-G', name, name], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const consumer = new KafkaConsumer(child);
    await waitFor('partitions of another client', () => consumer.assigned > 0);
    return consumer;
  }

  /** Tells how far it is, and leaves. */
  async leave(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
  }
}
