import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { PartitionPlace } from '../../shared/coordinator/library.ts';

const PROGRAM = join(import.meta.dirname, '..', 'support', 'partition-worker.process.ts');

interface Member {
  readonly child: ChildProcess;
  /** What it has said. */
  said: string;
}

/** Processes that work on the same partitions; see the program for what they do. */
export class Crowd {
  readonly #postgres: number;
  readonly #lastId: number;
  readonly #members = new Map<string, Member>();

  constructor(work: { readonly postgres: number; readonly lastId: number }) {
    this.#postgres = work.postgres;
    this.#lastId = work.lastId;
  }

  async start(worker: string, place: PartitionPlace): Promise<void> {
    const args = [JSON.stringify(place), String(this.#postgres), worker, String(this.#lastId)];
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const member: Member = { child, said: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      member.said += chunk.toString();
    });
    this.#members.set(worker, member);
    await once(child.stdout, 'data');
  }

  signal(worker: string, signal: NodeJS.Signals): void {
    this.#members.get(worker)?.child.kill(signal);
  }

  hasSaid(worker: string, word: string): boolean {
    return this.#members.get(worker)?.said.includes(word) === true;
  }

  /** Tells all that live to stop; gives how each of them ended. */
  async stop(): Promise<readonly (number | null)[]> {
    const alive = this.#alive();
    const ends = alive.map((child) => once(child, 'exit'));
    for (const child of alive) child.kill('SIGTERM');
    await Promise.all(ends);
    return alive.map(({ exitCode }) => exitCode);
  }

  kill(): void {
    for (const child of this.#alive()) child.kill('SIGKILL');
  }

  #alive(): readonly ChildProcess[] {
    return [...this.#members.values()]
      .map(({ child }) => child)
      .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  }
}
