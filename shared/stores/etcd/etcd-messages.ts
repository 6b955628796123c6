import { z } from 'zod';
import { AppError } from '../../kernel/errors.ts';
import { decode, encode } from './etcd-protocol.ts';

/** The key alone, or where `to` is given all keys from it on that come before `to`. */
export interface RangeQuery {
  readonly key: string;
  readonly to?: string;
  /** 0: all. */
  readonly limit?: number;
  /** 0: as they are now. */
  readonly revision?: number;
  /** How many there are is found, as the value of one, and nothing else. */
  readonly isCount?: boolean;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  /** Of the change that made it what it is. */
  readonly revision: number;
}

/** Holds when the key was changed last by that revision (0: it is not there), or has that value. */
export type Compare = { readonly key: string } & (
  | { readonly revision: number }
  | { readonly value: string }
);

export type Write =
  | { readonly op: 'put'; readonly key: string; readonly value: string; readonly lease: bigint }
  | { readonly op: 'delete'; readonly key: string };

export interface Transaction {
  readonly compares: readonly Compare[];
  readonly writes: readonly Write[];
  /** Read where a compare does not hold. */
  readonly otherwise: readonly RangeQuery[];
}

export interface RangeAnswer {
  readonly clusterId: bigint;
  readonly revision: number;
  /** Of each query, in their order. */
  readonly found: readonly (readonly KeyValue[])[];
}

export interface TransactionAnswer extends RangeAnswer {
  readonly isDone: boolean;
}

export interface LeaseAnswer {
  readonly id: bigint;
  /** 0 or less: there is none. */
  readonly ttlSeconds: number;
}

/** What etcd lets a transaction have of compares, or of operations, by default. */
const OPERATIONS_MAX = 128;
const TARGET_REVISION = 2;
const TARGET_VALUE = 3;

/** As etcd's messages come out of the decoder. */
interface Int64 {
  readonly toNumber: () => number;
  readonly toString: () => string;
}
interface PlainAnswer {
  readonly responses: readonly PlainOp[];
}
interface PlainOp {
  readonly range: {
    readonly kvs: readonly {
      readonly key: string;
      readonly value: string;
      readonly mod_revision: Int64;
    }[];
    readonly count: Int64;
  } | null;
  readonly txn: PlainAnswer | null;
}
interface PlainTxn extends PlainAnswer {
  readonly header: { readonly cluster_id: Int64; readonly revision: Int64 };
  readonly succeeded: boolean;
}
/** Etcd's own word is taken for it: to look at each key of a large answer would take long. */
const PlainTxn = z.custom<PlainTxn>();
const PlainLease = z.custom<{ readonly ID: Int64; readonly TTL: Int64 }>();
const PlainLogin = z.custom<{ readonly token: string }>();

type Op = Readonly<Record<string, unknown>>;

/** All the queries in one step. */
export function rangesMessage(queries: readonly RangeQuery[]): Buffer {
  return encode('Txn', { success: inGroups(queries.map(rangeOp), 0) });
}

export function transactionMessage({ compares, writes, otherwise }: Transaction): Buffer {
  // Where etcd has no room left it refuses what puts something, but looks at no inner transactions.
  const inOrder = writes.toSorted((a, b) => Number(b.op === 'put') - Number(a.op === 'put'));
  return encode('Txn', {
    compare: compares.map(compareOf),
    success: inGroups(inOrder.map(writeOp), compares.length),
    failure: otherwise.map(rangeOp),
  });
}

export function readTransaction(body: Buffer): TransactionAnswer {
  const { header, succeeded, responses } = PlainTxn.parse(decode('TxnAnswer', body));
  return {
    ...{ clusterId: BigInt(String(header.cluster_id)), revision: header.revision.toNumber() },
    ...{ isDone: succeeded, found: responses.flatMap(foundIn) },
  };
}

export function grantMessage(ttlSeconds: number): Buffer {
  return encode('LeaseGrant', { TTL: ttlSeconds });
}

/** Of what is asked of a lease that there is. */
export function leaseMessage(id: bigint): Buffer {
  return encode('LeaseId', { ID: String(id) });
}

/** Of a grant, a renewal and a look. */
export function readLease(body: Buffer): LeaseAnswer {
  const { ID: id, TTL: ttl } = PlainLease.parse(decode('LeaseAnswer', body));
  return { id: BigInt(String(id)), ttlSeconds: ttl.toNumber() };
}

export function loginMessage(name: string, password: string): Buffer {
  return encode('Login', { name, password });
}

export function readToken(body: Buffer): string {
  return PlainLogin.parse(decode('LoginAnswer', body)).token;
}

/**
 * A transaction takes so many operations, but each may be a transaction in turn, which takes as many
 * as its parent has left over. The first operation always stands by itself.
 */
function inGroups(operations: readonly Op[], compares: number): readonly Op[] {
  const [first, ...others] = operations;
  if (first === undefined || operations.length <= OPERATIONS_MAX) return operations;
  return [first, ...grouped(others, compares).map((success) => ({ txn: { success } }))];
}

function grouped<T>(operations: readonly T[], compares: number): T[][] {
  const groups = [];
  let count = 1;
  const size = () => OPERATIONS_MAX - Math.max(compares, 1 + count);
  while (count * size() < operations.length && size() > 1) count += 1;
  if (count * size() < operations.length) throw tooMany(operations.length, compares);
  for (let at = 0; at < operations.length; at += size()) {
    groups.push(operations.slice(at, at + size()));
  }
  return groups;
}

function tooMany(operations: number, compares: number): AppError {
  const what = `${operations} operations and ${compares} compares`;
  return new AppError('invalid', `${what} are more than one transaction of etcd takes`, {
    details: { etcd: 'too_large' },
  });
}

function rangeOp({ key, to, limit = 0, revision = 0, isCount = false }: RangeQuery): Op {
  const end = to === undefined ? {} : { range_end: to };
  return { range: { key, ...end, limit, revision, count_only: isCount } };
}

function compareOf(compare: Compare): Op {
  const { key } = compare;
  return 'value' in compare
    ? { target: TARGET_VALUE, key, value: compare.value }
    : { target: TARGET_REVISION, key, mod_revision: compare.revision };
}

function writeOp(write: Write): Op {
  if (write.op === 'delete') return { delete: { key: write.key } };
  const { key, value, lease } = write;
  return { put: { key, value, lease: String(lease) } };
}

/** What a range has found, be it in a transaction in this one. */
function foundIn({ range, txn }: PlainOp): KeyValue[][] {
  if (txn !== null) return txn.responses.flatMap(foundIn);
  if (range === null) return [];
  const { kvs, count } = range;
  if (kvs.length === 0 && count.toNumber() !== 0) {
    return [[{ key: '', value: String(count), revision: 0 }]];
  }
  return [
    kvs.map(({ key, value, mod_revision }) => ({ key, value, revision: mod_revision.toNumber() })),
  ];
}
