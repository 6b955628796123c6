import { grpcTransport } from '../../shared/rpc/grpc/grpc-channel.ts';
import { listenGrpc } from '../../shared/rpc/grpc/grpc-listener.ts';
import { ECHO_METHODS } from './echo-service.ts';
import { describeTransport } from './transport-contract.ts';

describeTransport({
  name: 'grpc',
  transport: (limits) => grpcTransport(limits),
  listen: (dispatch, limits) => listenGrpc(dispatch, { methods: ECHO_METHODS, ...limits }),
});
