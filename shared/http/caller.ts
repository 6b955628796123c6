/** Who calls, as far as the row of a call has asked for it. */
export interface Caller {
  /** A user name or a client's ID; of others what they are. */
  readonly name: string;
  readonly roles: readonly string[];
  /** The services that it may touch, and nothing else. Null: it is not held to any. */
  readonly services: readonly string[] | null;
  /** `open`: nobody was asked who they are. */
  readonly how: 'open' | 'shared secret' | 'peer' | 'token';
  /** What it came with, when that was a token. */
  readonly token: TokenNote | null;
}

export interface TokenNote {
  readonly id: string;
  readonly expiresS: number;
}

const NOTHING = { roles: [], services: null, token: null } as const;

export const OPEN_CALLER: Caller = { name: 'anybody', how: 'open', ...NOTHING };
export const SECRET_CALLER: Caller = { name: 'shared secret', how: 'shared secret', ...NOTHING };
export const PEER_CALLER: Caller = { name: 'peer', how: 'peer', ...NOTHING };

/** Whether it may do what people do. One that is held to services may not, whatever its roles. */
export function isPerson({ roles, services }: Caller): boolean {
  return services === null && (roles.includes('user') || roles.includes('admin'));
}

export function isAdmin({ roles, services }: Caller): boolean {
  return services === null && roles.includes('admin');
}
