const PORT_MAX = 65_535;
const BIND_HOST = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[^:[\]\s/]*)):(?<port>\d{1,5})$/;

/** Where a server listens. `host` '' means every interface; `port` 0 means any free one. */
export interface BindHost {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, `[v6]:port` or `:port`; null when the text is none of them. */
export function parseBindHost(text: string): BindHost | null {
  const { v6, name, port } = BIND_HOST.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > PORT_MAX) return null;
  return { host: v6 ?? name ?? '', port: Number(port) };
}
