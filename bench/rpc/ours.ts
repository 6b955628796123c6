import { z } from 'zod';
import { grpcTransport } from '../../shared/rpc/grpc/grpc-channel.ts';
import { listenGrpc } from '../../shared/rpc/grpc/grpc-listener.ts';
import { loadServices } from '../../shared/rpc/proto/load-services.ts';
import { RpcClient } from '../../shared/rpc/rpc-client.ts';
import { RpcMetrics } from '../../shared/rpc/rpc-metrics.ts';
import { RpcServer } from '../../shared/rpc/rpc-server.ts';
import { tcpTransport } from '../../shared/rpc/tcp/tcp-channel.ts';
import { listenTcp } from '../../shared/rpc/tcp/tcp-listener.ts';
import type { RpcListener, RpcTransport } from '../../shared/rpc/transport.ts';
import { Metrics } from '../../shared/telemetry/metrics.ts';
import { type Caller, NAME, requireGreeting, type Sides } from './sides.ts';

const SERVICE = 'bench.Greeter';
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

/** The client as programs use it: with a balancer, breakers and metrics. */
export const overTcp: Sides = sidesOver(
  ({ dispatch }) => listenTcp(dispatch, { host: '127.0.0.1', port: 0 }),
  () => tcpTransport(),
);
export const overGrpc: Sides = sidesOver(
  ({ dispatch, methods }) => listenGrpc(dispatch, { host: '127.0.0.1', port: 0, methods }),
  () => grpcTransport(),
);

function sidesOver(
  listen: (server: RpcServer) => Promise<RpcListener>,
  transport: () => RpcTransport,
): Sides {
  return {
    serve: async () => {
      const server = new RpcServer();
      server.register(definition(), {
        SayHello: async (request) => ({ message: `Hello, ${Asked.parse(request).name}!` }),
      });
      const { address } = await listen(server);
      return Number(address.slice(address.lastIndexOf(':') + 1));
    },
    connect: (port) => connectTo(port, transport()),
  };
}

async function connectTo(port: number, transport: RpcTransport): Promise<Caller> {
  const client = await RpcClient.open({
    ...{ service: definition(), transport, metrics: new RpcMetrics(new Metrics()) },
    config: { ServerAddresses: [`127.0.0.1:${port}`] },
  });
  return {
    call: async () => {
      const { response } = await client.call('SayHello', { name: NAME });
      requireGreeting(response['message']);
    },
  };
}

function definition() {
  if (greeter === undefined) throw new Error(`there is no ${SERVICE}`);
  return greeter;
}
