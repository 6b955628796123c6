/** What is used of a package that has no types of its own. */
declare module 'net-snmp' {
  export interface Varbind {
    readonly oid: string;
    readonly type: number;
    readonly value: unknown;
  }

  export interface Session {
    get(oids: readonly string[], done: (error: Error | null, varbinds?: Varbind[]) => void): void;
    subtree(
      oid: string,
      maxRepetitions: number,
      feed: (varbinds: Varbind[]) => void,
      done: (error?: Error | null) => void,
    ): void;
    close(): void;
    on(event: 'error', listener: (error: Error) => void): void;
  }

  export function createSession(host: string, community: string, options: object): Session;
  export function createV3Session(host: string, user: object, options: object): Session;
  export function isVarbindError(varbind: Varbind): boolean;
}
