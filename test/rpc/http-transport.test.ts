import { httpTransport } from '../../shared/rpc/http/http-channel.ts';
import { listenHttp } from '../../shared/rpc/http/http-listener.ts';
import { describeTransport } from './transport-contract.ts';

describeTransport({
  name: 'http',
  transport: () => httpTransport(),
  listen: (dispatch) => listenHttp(dispatch),
});
