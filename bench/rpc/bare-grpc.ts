import { promisify } from 'node:util';
import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { z } from 'zod';
import { type Caller, NAME, requireGreeting, type Sides } from './sides.ts';

const PATH = '/bench.Greeter/SayHello';
const { root } = protobuf.parse(`
  syntax = "proto3";
  package bench;
  message HelloRequest { string name = 1; }
  message HelloResponse { string message = 1; }
`);
const Request = root.lookupType('bench.HelloRequest');
const Response = root.lookupType('bench.HelloResponse');
const Asked = z.object({ name: z.string() });
const Answered = z.object({ message: z.string() });

/** grpc-js as its documents show it, with protobuf. */
export const bareGrpc: Sides = { serve, connect: connectTo };

async function serve(): Promise<number> {
  const server = new Server();
  server.addService(
    {
      SayHello: {
        ...{ path: PATH, requestStream: false, responseStream: false },
        ...{ requestSerialize: write(Request), requestDeserialize: read(Request) },
        ...{ responseSerialize: write(Response), responseDeserialize: read(Response) },
      },
    },
    {
      SayHello: (call: { request: unknown }, reply: (error: null, answer: object) => void) => {
        reply(null, { message: `Hello, ${Asked.parse(call.request).name}!` });
      },
    },
  );
  const bind = promisify(server.bindAsync.bind(server));
  return bind('127.0.0.1:0', ServerCredentials.createInsecure());
}

async function connectTo(port: number): Promise<Caller> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const [encode, decode] = [write(Request), read(Response)];
  return {
    call: () =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(PATH, encode, decode, { name: NAME }, (error, answer) => {
          if (error !== null) {
            reject(error);
            return;
          }
          requireGreeting(Answered.parse(answer).message);
          resolve();
        });
      }),
  };
}

function write(type: protobuf.Type) {
  return (message: object): Buffer => Buffer.from(type.encode(type.fromObject(message)).finish());
}

function read(type: protobuf.Type) {
  return (bytes: Buffer): unknown => type.decode(bytes);
}
