import { type Varbind } from 'net-snmp';
import { AppError, messageOf } from '../../../../shared/kernel/errors.ts';

export interface SnmpAccess {
  readonly version: '1' | '2' | '3';
  readonly community: string;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly maxRepetitions: number;
  readonly contextName: string;
  readonly user: Readonly<Record<string, unknown>>;
}

const PORT = 161;
const COUNTER64 = 70;

export interface SnmpValue {
  readonly oid: string;
  readonly value: unknown;
  readonly isCounter: boolean;
}

/** One agent that is asked. */
export interface AgentSession {
  readonly address: string;
  /** Null: it has no such value. */
  get(oid: string): Promise<SnmpValue | null>;
  /** All values below. */
  walk(oid: string): Promise<readonly SnmpValue[]>;
  /** Ends what is asked, too; does nothing the second time. */
  close(): void;
}

/** The driver is loaded with the first session. */
export async function openAgentSession(address: string, access: SnmpAccess): Promise<AgentSession> {
  const { createSession, createV3Session, isVarbindError } = await import('net-snmp');
  const { host, port } = targetOf(address);
  const { timeoutMs: timeout, retries, version, community, contextName: context } = access;
  const options = { port, timeout, retries, idBitsSize: 32 };
  const session =
    version === '3'
      ? createV3Session(host, access.user, { ...options, context })
      : createSession(host, community, { ...options, version: version === '1' ? 0 : 1 });
  // What fails is told to whoever asked.
  session.on('error', () => undefined);
  let isOpen = true;
  const known = (varbinds: readonly Varbind[]) =>
    varbinds.filter((varbind) => !isVarbindError(varbind)).map(valueOf);
  return {
    address,
    get: (oid) =>
      new Promise((resolve, reject) => {
        session.get([oid], (error, varbinds = []) => {
          // Version 1 fails as a whole where the others say that there is no such value.
          if (error === null) resolve(known(varbinds)[0] ?? null);
          else if (/NoSuchName/i.test(error.message)) resolve(null);
          else reject(failed(address, error));
        });
      }),
    walk: (oid) =>
      new Promise((resolve, reject) => {
        const values: SnmpValue[] = [];
        const feed = (varbinds: readonly Varbind[]) => void values.push(...known(varbinds));
        session.subtree(oid, access.maxRepetitions, feed, (error) => {
          if (error === undefined || error === null) resolve(values);
          else reject(failed(address, error));
        });
      }),
    // The driver throws when that is done twice.
    close: () => {
      if (isOpen) session.close();
      isOpen = false;
    },
  };
}

function valueOf({ oid, value, type }: Varbind): SnmpValue {
  return { oid, value, isCounter: type === COUNTER64 };
}

function targetOf(address: string) {
  const [, host = address, port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(address) ?? [];
  return { host, port: port === undefined ? PORT : Number(port) };
}

function failed(address: string, cause: Error): AppError {
  return new AppError('unavailable', `SNMP agent ${address}: ${messageOf(cause)}`, { cause });
}
