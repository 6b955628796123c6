import { tcpTransport } from '../../shared/rpc/tcp/tcp-channel.ts';
import { listenTcp } from '../../shared/rpc/tcp/tcp-listener.ts';
import { describeTransport } from './transport-contract.ts';

describeTransport({
  name: 'tcp',
  transport: () => tcpTransport(),
  listen: (dispatch) => listenTcp(dispatch),
});
