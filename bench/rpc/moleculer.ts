import { ServiceBroker } from 'moleculer';
import { z } from 'zod';
import { freePort } from '../support/free-port.ts';
import { type Caller, NAME, requireGreeting, type Sides } from './sides.ts';

const READY_MS = 10_000;
const Asked = z.object({ name: z.string() });

/** Moleculer over its TCP transporter, without the discovery by UDP. */
export const moleculer: Sides = { serve, connect: connectTo };

async function serve(): Promise<number> {
  const port = await freePort();
  const broker = brokerOf('server', { port });
  broker.createService({
    name: 'greeter',
    actions: {
      sayHello: (context) => ({ message: `Hello, ${Asked.parse(context.params).name}!` }),
    },
  });
  await broker.start();
  return port;
}

async function connectTo(port: number): Promise<Caller> {
  const broker = brokerOf('client', { port: await freePort(), urls: [`127.0.0.1:${port}/server`] });
  await broker.start();
  await broker.waitForServices('greeter', READY_MS);
  return {
    call: async () => {
      const answer: unknown = await broker.call('greeter.sayHello', { name: NAME });
      requireGreeting(z.object({ message: z.string() }).parse(answer).message);
    },
  };
}

function brokerOf(nodeID: string, options: object): ServiceBroker {
  return new ServiceBroker({
    ...{ nodeID, logger: false },
    transporter: { type: 'TCP', options: { udpDiscovery: false, ...options } },
  });
}
