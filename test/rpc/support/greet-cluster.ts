import { loadServices } from '../../../shared/rpc/proto/load-services.ts';
import type {
  RpcMessage,
  ServiceDefinition,
} from '../../../shared/rpc/proto/service-definition.ts';
import { RpcServer } from '../../../shared/rpc/rpc-server.ts';
import { listenTcp } from '../../../shared/rpc/tcp/tcp-listener.ts';
import type { RpcListener } from '../../../shared/rpc/transport.ts';

const PROTO = `
syntax = "proto3";
package greet;
service Greet {
  rpc Hello(HelloRequest) returns (HelloResponse) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Book(HelloRequest) returns (HelloResponse);
}
message HelloRequest { string name = 1; }
message HelloResponse { string message = 1; string by = 2; }`;

export const GREET: ServiceDefinition = greet();

type Answer = (request: RpcMessage, signal: AbortSignal) => unknown;

/** A server of the service, in this process, at a port of 127.0.0.1. */
export class GreetServer implements AsyncDisposable {
  readonly id: string;
  readonly server: RpcServer;
  /** Names of those who were greeted, and booked, as often as it was done. */
  readonly greeted: string[] = [];
  readonly booked: string[] = [];
  /** Called before an answer; what it throws is the answer. */
  before: Answer = () => undefined;
  #listener: RpcListener;
  readonly address: string;

  private constructor(id: string, server: RpcServer, listener: RpcListener) {
    this.id = id;
    this.server = server;
    this.#listener = listener;
    this.address = listener.address;
    const method =
      (done: string[]) => async (request: RpcMessage, context: { signal: AbortSignal }) => {
        const { name } = request;
        done.push(String(name));
        await this.before(request, context.signal);
        return { message: `Hello, ${String(name)}!`, by: this.id };
      };
    server.register(GREET, { Hello: method(this.greeted), Book: method(this.booked) });
  }

  static async start(id: string): Promise<GreetServer> {
    const server = new RpcServer();
    return new GreetServer(id, server, await listenTcp(server.dispatch));
  }

  /** Cuts all connections, and refuses new ones. */
  kill(): Promise<void> {
    return this.#listener.drain(0);
  }

  /** Says that it goes away, and waits for what is on its way. */
  async leave(withinMs: number): Promise<void> {
    await Promise.all([this.server.drain(withinMs), this.#listener.drain(withinMs)]);
  }

  /** At the same port again. */
  async comeBack(): Promise<void> {
    const port = Number(this.address.split(':').at(-1));
    this.#listener = await listenTcp(this.server.dispatch, { port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

function greet(): ServiceDefinition {
  const service = loadServices({ text: PROTO }).get('greet.Greet');
  if (service === undefined) throw new Error('the proto has no greet.Greet');
  return service;
}
