import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { linesIn } from '../../support/lines.ts';
import { ProgramProcess } from '../../support/program-process.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type EntryKind, entryOf, type LedgerOptions, type LedgerPorts } from './ledger.ts';

const PROGRAM = join(import.meta.dirname, 'ledger.process.ts');
const TOLD = /^\{.*\}$/m;
const Ports = z.object({ tcp: z.number(), grpc: z.number(), http: z.number() });

/** A server of the ledger in a process of its own, which can be killed and started again. */
export class LedgerProcess {
  readonly name: string;
  readonly #dir: string;
  readonly #options: LedgerOptions;
  #program: ProgramProcess | null = null;
  #ports: LedgerPorts = { tcp: 0, grpc: 0, http: 0 };

  private constructor(name: string, dir: string, options: LedgerOptions) {
    this.name = name;
    this.#dir = dir;
    this.#options = options;
  }

  static async start(name: string, options: LedgerOptions = {}): Promise<LedgerProcess> {
    const dir = await mkdtemp(join(tmpdir(), 'ledger-'));
    const server = new LedgerProcess(name, dir, options);
    await server.#run();
    return server;
  }

  get ports(): LedgerPorts {
    return this.#ports;
  }

  /** Calls that wait go on. */
  release(): void {
    this.#program?.signal('SIGUSR2');
  }

  /** Kills it; it is where it was when that is done. */
  async whileDead<Value>(act: () => Promise<Value>): Promise<Value> {
    await this.kill();
    try {
      return await act();
    } finally {
      await this.#run();
    }
  }

  /** Stops its process, which does nothing then, though it is there. */
  async whileFrozen<Value>(act: () => Promise<Value>): Promise<Value> {
    this.#program?.signal('SIGSTOP');
    try {
      return await act();
    } finally {
      this.#program?.signal('SIGCONT');
    }
  }

  /** Tells it to drain. */
  leave(): void {
    this.#program?.signal('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#program?.stop('SIGKILL');
  }

  /** When it has ended by itself: its exit code. */
  async end(): Promise<number | null> {
    return (await this.#program?.end()) ?? null;
  }

  /** Waits until its file has the entry. */
  async entered(kind: EntryKind, id: string): Promise<void> {
    const line = entryOf(kind, id);
    await waitFor(`"${line}" of ${this.name}`, async () =>
      (await linesIn(this.#file)).includes(line),
    );
  }

  /** The IDs of all calls that it has executed, in order and as often as it did. */
  async executed(): Promise<readonly string[]> {
    const before = entryOf('executed', '');
    const lines = await linesIn(this.#file);
    return lines.flatMap((line) => (line.startsWith(before) ? [line.slice(before.length)] : []));
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** Where it was, if it has been before. */
  async #run(): Promise<void> {
    const told = [JSON.stringify(this.#ports), JSON.stringify(this.#options)];
    const program = new ProgramProcess(PROGRAM, [this.name, this.#file, ...told]);
    this.#program = program;
    await program.says(TOLD);
    this.#ports = Ports.parse(JSON.parse(TOLD.exec(program.output)?.[0] ?? ''));
  }

  get #file(): string {
    return join(this.#dir, 'ledger');
  }
}
