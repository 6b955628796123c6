import { Channel, type ChannelOptions, type Metadata } from '@grpc/grpc-js';
import { messageOf } from '../../kernel/errors.ts';
import { closedByOwner, givenUp, overloaded, requestTooLarge, timedOut } from '../call-failures.ts';
import { parseAddress } from '../parse-address.ts';
import { RpcError } from '../rpc-error.ts';
import type { RpcChannel, RpcReply, RpcRequest, RpcTransport } from '../transport.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { GrpcCall, type GrpcLink } from './grpc-call.ts';
import { requestMetadata } from './grpc-metadata.ts';
import { GRPC_CLIENT_DEFAULTS, type GrpcClientOptions } from './grpc-options.ts';
import { channelSecurity } from './grpc-tls.ts';

/** Reaches instances by gRPC, so that they may be anybody's: one connection an instance. */
export function grpcTransport(options: Partial<GrpcClientOptions> = {}): RpcTransport {
  const all = { ...GRPC_CLIENT_DEFAULTS, ...options };
  return { name: 'grpc', channel: (address) => new GrpcChannel(address, all) };
}

class GrpcChannel implements RpcChannel {
  readonly #address: string;
  readonly #options: GrpcClientOptions;
  readonly #link: GrpcLink;
  readonly #calls = new Set<GrpcCall>();
  /** The connection over which the instance said that it drains; each is counted from 1. */
  #drainingConnection = 0;
  #isClosed = false;

  /** @throws AppError `invalid` when the address is none. */
  constructor(address: string, options: GrpcClientOptions) {
    parseAddress(address);
    this.#address = address;
    this.#options = options;
    const security = channelSecurity(address, options.tls);
    const channel = new Channel(`dns:${address}`, security.credentials, {
      ...channelOptions(options),
      ...security.options,
    });
    this.#link = {
      ...{ address, channel, connections: new ConnectionWatch(channel) },
      onEnd: (call, error) => {
        this.#calls.delete(call);
        if (error?.reason === 'draining') this.#drainingConnection = this.#link.connections.made;
      },
    };
  }

  /** grpc-js keeps the word of a server that it goes away to itself; this is what answers have said. */
  get isDraining(): boolean {
    const { isUp, made } = this.#link.connections;
    return isUp && made === this.#drainingConnection;
  }

  call(request: RpcRequest): Promise<RpcReply> {
    const metadata = this.#metadataOrRefusal(request);
    if (metadata instanceof RpcError) return Promise.reject(metadata);
    const deadlineMs = this.#options.clock.now() + request.timeoutMs;
    return new Promise((resolve, reject) => {
      const call = new GrpcCall(this.#link, request, deadlineMs, { resolve, reject });
      this.#calls.add(call);
      call.start(metadata, request.payload);
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const call of this.#calls) call.cancel(`the channel to ${this.#address} was closed`);
    this.#link.channel.close();
  }

  #metadataOrRefusal(request: RpcRequest): Metadata | RpcError {
    const { payload, signal, timeoutMs } = request;
    const { payloadBytesMax, inFlightMax } = this.#options;
    if (this.#isClosed) return closedByOwner(this.#address, 'no');
    if (signal?.aborted === true) return givenUp(this.#address, 'no');
    if (!(timeoutMs > 0)) return timedOut(this.#address, 'no');
    if (payload.length > payloadBytesMax) {
      return requestTooLarge('payload', payload.length, payloadBytesMax);
    }
    if (this.#calls.size >= inFlightMax) return overloaded(this.#address, `${inFlightMax} calls`);
    return this.#metadata(request);
  }

  #metadata({ metadata, codec }: RpcRequest): Metadata | RpcError {
    try {
      return requestMetadata(metadata, codec, this.#options.metadataBytesMax);
    } catch (thrown) {
      const reason = 'protocol';
      return new RpcError('invalid_argument', messageOf(thrown), { reason, executed: 'no' });
    }
  }
}

function channelOptions(options: GrpcClientOptions): ChannelOptions {
  const { payloadBytesMax, keepAliveMs, keepAliveTimeoutMs, reconnectMs } = options;
  return {
    'grpc.max_receive_message_length': payloadBytesMax,
    'grpc.max_send_message_length': payloadBytesMax,
    'grpc.keepalive_time_ms': keepAliveMs,
    'grpc.keepalive_timeout_ms': keepAliveTimeoutMs,
    'grpc.initial_reconnect_backoff_ms': reconnectMs.first,
    'grpc.max_reconnect_backoff_ms': reconnectMs.most,
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_channelz': 0,
    // Channels share nothing, so that the end of one is no other's.
    'grpc.use_local_subchannel_pool': 1,
  };
}
