/** What a server that speaks TLS shows, and asks of its clients. PEM texts. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Clients have to show a certificate of this authority. */
  readonly clientCa?: string;
}
