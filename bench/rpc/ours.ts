import { z } from 'zod';
import type { ClientConfigInput } from '../../shared/resilience/failover-config.ts';
import { grpcTransport } from '../../shared/rpc/grpc/grpc-channel.ts';
import { listenGrpc } from '../../shared/rpc/grpc/grpc-listener.ts';
import { httpTransport } from '../../shared/rpc/http/http-channel.ts';
import { listenHttp } from '../../shared/rpc/http/http-listener.ts';
import { loadServices } from '../../shared/rpc/proto/load-services.ts';
import { RpcClient } from '../../shared/rpc/rpc-client.ts';
import { RpcMetrics } from '../../shared/rpc/rpc-metrics.ts';
import { RpcServer } from '../../shared/rpc/rpc-server.ts';
import { tcpTransport } from '../../shared/rpc/tcp/tcp-channel.ts';
import { listenTcp } from '../../shared/rpc/tcp/tcp-listener.ts';
import type { RpcListener, RpcTransport } from '../../shared/rpc/transport.ts';
import { Metrics } from '../../shared/telemetry/metrics.ts';
import { NAME, requireGreeting, type Sides } from './sides.ts';

const SERVICE = 'bench.Greeter';
const HOST = '127.0.0.1';
const Asked = z.object({ name: z.string() });

const greeter = loadServices({
  text: `
    syntax = "proto3";
    package bench;
    service Greeter { rpc SayHello(HelloRequest) returns (HelloResponse) {} }
    message HelloRequest { string name = 1; }
    message HelloResponse { string message = 1; }
  `,
}).get(SERVICE);

export const Over = z.enum(['tcp', 'grpc', 'http']);
export type Over = z.infer<typeof Over>;

interface Transport {
  readonly listen: (server: RpcServer, port: number) => Promise<RpcListener>;
  readonly transport: () => RpcTransport;
}

const TRANSPORTS: Readonly<Record<Over, Transport>> = {
  tcp: {
    listen: ({ dispatch }, port) => listenTcp(dispatch, { host: HOST, port }),
    transport: () => tcpTransport(),
  },
  grpc: {
    listen: ({ dispatch, methods }, port) => listenGrpc(dispatch, { host: HOST, port, methods }),
    transport: () => grpcTransport(),
  },
  http: {
    listen: ({ dispatch }, port) => listenHttp(dispatch, { host: HOST, port }),
    transport: () => httpTransport(),
  },
};

export const overTcp: Sides = sidesOver('tcp');
export const overGrpc: Sides = sidesOver('grpc');

/** Serves until the process ends; gives its address. `port` 0: any that is free. */
export async function serveGreeter(over: Over, port: number): Promise<string> {
  const server = new RpcServer();
  server.register(definition(), {
    SayHello: async (request) => ({ message: `Hello, ${Asked.parse(request).name}!` }),
  });
  return (await TRANSPORTS[over].listen(server, port)).address;
}

/**
 * The client as programs use it: with a balancer, breakers and metrics. A call gives the address of
 * who has answered.
 */
export async function greeterClient(
  over: Over,
  config: ClientConfigInput,
): Promise<() => Promise<string>> {
  const client = await RpcClient.open({
    ...{ service: definition(), transport: TRANSPORTS[over].transport() },
    ...{ config, metrics: new RpcMetrics(new Metrics()) },
  });
  return async () => {
    const { response, instance } = await client.call('SayHello', { name: NAME });
    requireGreeting(response['message']);
    return instance.address;
  };
}

function sidesOver(over: Over): Sides {
  return {
    serve: async () => portOf(await serveGreeter(over, 0)),
    connect: async (port) => {
      const call = await greeterClient(over, { ServerAddresses: [`${HOST}:${port}`] });
      return {
        call: async () => {
          await call();
        },
      };
    },
  };
}

export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

function definition() {
  if (greeter === undefined) throw new Error(`there is no ${SERVICE}`);
  return greeter;
}
