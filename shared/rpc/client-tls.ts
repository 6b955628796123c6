/** What a client brings to a server that speaks TLS, and asks of it. PEM texts. */
export interface ClientTls {
  /** Null: the authorities of the system. */
  readonly ca: string | null;
  /** The client's own certificate, for servers that ask for one. */
  readonly cert?: string;
  readonly key?: string;
  /** The name the server's certificate has to have; by default the host of the address. */
  readonly serverName?: string;
}

/** The same, as pools of HTTP and channels of gRPC take it. */
export function asPoolTls({ ca, ...own }: ClientTls) {
  return { ...own, ...(ca !== null && { ca }) };
}
