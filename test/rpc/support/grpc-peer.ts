import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { loadServices } from '../../../shared/rpc/proto/load-services.ts';
import type { ServiceDefinition } from '../../../shared/rpc/proto/service-definition.ts';
import type { PrivateCa } from '../../support/private-ca.ts';
import { waitFor } from '../../support/wait-for.ts';

type Texts = Readonly<Record<string, string>>;

/** A call that a server of the peer has run; `left` in seconds, `at` in milliseconds. */
export interface Ran {
  readonly event: 'ran' | 'cancelled';
  readonly server: string;
  readonly name: string;
  readonly metadata: Texts;
  readonly left: number;
  readonly at: number;
}

/** How a call of a client of the peer has ended. */
export interface PeerOutcome {
  readonly code: number;
  readonly details: string;
  readonly message: string;
  readonly number: string;
  readonly headers: Texts;
  readonly trailers: Texts;
}

export interface PeerCall {
  readonly tag?: string;
  readonly method?: string;
  readonly name?: string;
  readonly number?: string;
  readonly metadata?: readonly (readonly [key: string, value: string])[];
  readonly timeout?: number;
}

type Answer = PeerOutcome & { readonly id: number; readonly port: number };
interface Failure {
  readonly id: number;
  readonly failure: string;
}
interface Asked {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** What both ends speak; the peer has no method Sing. */
const PROTO = `
syntax = "proto3";
package greet;
service Greeter {
  rpc Greet(HelloRequest) returns (HelloReply) { option idempotency_level = IDEMPOTENT; }
  rpc Book(HelloRequest) returns (HelloReply);
  rpc Sing(HelloRequest) returns (HelloReply);
}
message HelloRequest { string name = 1; int64 number = 2; }
message HelloReply { string message = 1; int64 number = 2; }`;

export function greeter(): ServiceDefinition {
  const service = loadServices({ text: PROTO }).get('greet.Greeter');
  if (service === undefined) throw new Error('the proto has no greet.Greeter');
  return service;
}

/** More than a double can hold. */
export const LARGE = 9_007_199_254_740_993n;
export const MEGABYTE = 1024 * 1024;

/** Debian's Python, which finds the modules of Debian's packages whatever else is on the path. */
const PYTHON = '/usr/bin/python3';

/** Servers and clients of gRPC's C core, in a process of Python's. */
export class GrpcPeer implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<unknown>;
  readonly #events: Ran[] = [];
  readonly #asked = new Map<number, Asked>();
  #ids = 0;

  constructor() {
    const program = join(import.meta.dirname, 'grpc-peer.py');
    this.#child = spawn(PYTHON, [program], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, GRPC_VERBOSITY: 'NONE' },
    });
    this.#ended = once(this.#child, 'close').then(() => {
      for (const { reject } of this.#asked.values()) reject(new Error(`${program} has ended`));
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#heard(line));
  }

  /** Gives its address. */
  async serve(name: string, tls: PrivateCa | null = null): Promise<string> {
    const { port } = await this.#ask('serve', { name, tls });
    return `127.0.0.1:${port}`;
  }

  /** Takes no calls any more, and waits for those that run. */
  async stop(name: string, graceSeconds: number): Promise<void> {
    await this.#ask('stop', { name, grace: graceSeconds });
  }

  /** Calls that are held go on. */
  async release(): Promise<void> {
    await this.#ask('release', {});
  }

  /** A client, which tries again what is `unavailable`. */
  async dial(target: string, given: { ca?: string; options?: [string, unknown][] } = {}) {
    const name = `channel ${this.#ids}`;
    await this.#ask('dial', { name, target, ...given });
    return {
      call: (call: PeerCall): Promise<PeerOutcome> =>
        this.#ask('call', { channel: name, tag: `call ${this.#ids}`, ...call }),
    };
  }

  /** Ends all servers and clients, and forgets what they did. */
  async reset(): Promise<void> {
    await this.#ask('reset', {});
    this.#events.length = 0;
  }

  async cancel(tag: string): Promise<void> {
    await this.#ask('cancel', { tag });
  }

  /** All that its servers have run by now, or only calls of a name. */
  async ran(name: string | null = null): Promise<readonly Ran[]> {
    await this.#ask('look', {});
    return this.#events.filter(
      (one) => one.event === 'ran' && (name === null || one.name === name),
    );
  }

  /** Waits until the server of such a call knows that nobody waits for its answer. */
  async cancelled(name: string): Promise<void> {
    await waitFor('the server to be told', () =>
      this.#events.some((one) => one.event === 'cancelled' && one.name === name),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }

  #ask(does: string, given: object): Promise<Answer> {
    this.#ids += 1;
    this.#child.stdin.write(`${JSON.stringify({ id: this.#ids, does, ...given })}\n`);
    return new Promise((resolve, reject) => this.#asked.set(this.#ids, { resolve, reject }));
  }

  #heard(line: string): void {
    const heard: Answer | Failure | Ran = JSON.parse(line);
    if ('event' in heard) {
      this.#events.push(heard);
      return;
    }
    const asked = this.#asked.get(heard.id);
    this.#asked.delete(heard.id);
    if ('failure' in heard) asked?.reject(new Error(heard.failure));
    else asked?.resolve(heard);
  }
}
