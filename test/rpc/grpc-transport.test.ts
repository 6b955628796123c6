import { expect, it } from 'vitest';
import { grpcTransport } from '../../shared/rpc/grpc/grpc-channel.ts';
import { listenGrpc } from '../../shared/rpc/grpc/grpc-listener.ts';
import { waitFor } from '../support/wait-for.ts';
import { ECHO_METHODS, EchoService } from './echo-service.ts';
import { describeTransport, request } from './transport-contract.ts';

describeTransport({
  name: 'grpc',
  transport: () => grpcTransport(),
  listen: (dispatch) => listenGrpc(dispatch, { methods: ECHO_METHODS }),
});

it('an instance that says that it drains is believed until its connection ends', async () => {
  const service = new EchoService();
  const listener = await listenGrpc(service.dispatch, { methods: ECHO_METHODS });
  const channel = grpcTransport().channel(listener.address);
  await channel.call(request('Echo'));
  expect(channel.isDraining).toBe(false);
  await expect(channel.call(request('Drain'))).rejects.toMatchObject({ reason: 'draining' });
  expect(channel.isDraining).toBe(true);
  await listener.drain(0);
  await waitFor('the connection to end', () => !channel.isDraining);
  await channel.close();
});
