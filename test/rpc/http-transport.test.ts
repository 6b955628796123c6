import { httpTransport } from '../../shared/rpc/http/http-channel.ts';
import { listenHttp } from '../../shared/rpc/http/http-listener.ts';
import { describeTransport } from './transport-contract.ts';

describeTransport({
  name: 'http',
  transport: ({ payloadBytesMax = 4 * 1024 * 1024 }) => httpTransport({ payloadBytesMax }),
  listen: (dispatch, limits) => listenHttp(dispatch, limits),
});
