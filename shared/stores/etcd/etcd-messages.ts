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
  /** Values are left out. */
  readonly isKeysOnly?: boolean;
  /** Only what was changed by that revision or a later one, in the order of revisions; not of counts. */
  readonly sinceRevision?: number;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  /** Of the change that made it what it is. */
  readonly revision: number;
}

/**
 * Holds when the key was changed last by that revision (0: it is not there), has that value, or is
 * there, whatever it is.
 */
export type Compare = { readonly key: string } & (
  | { readonly revision: number }
  | { readonly value: string }
  | { readonly isThere: true }
);

export type Write =
  | { readonly op: 'put'; readonly key: string; readonly value: string; readonly lease: bigint }
  /** With `to` also all keys behind it that come before `to`. */
  | { readonly op: 'delete'; readonly key: string; readonly to?: string };

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

/** Transactions that are done in one step, each whether its own compares hold or not. */
export interface Joined {
  /** Where one of these does not hold, nothing at all is done. */
  readonly compares: readonly Compare[];
  readonly writes: readonly Write[];
  /** No two of them write the same key. */
  readonly parts: readonly Transaction[];
}

/** What one of them has come to. */
export type PartAnswer = Pick<TransactionAnswer, 'isDone' | 'found'>;

export interface JoinedAnswer {
  readonly isDone: boolean;
  /** Of all that was written. */
  readonly revision: number;
  readonly parts: readonly PartAnswer[];
}

export interface LeaseAnswer {
  readonly id: bigint;
  /** 0 or less: there is none. */
  readonly ttlSeconds: number;
}

/** What etcd lets a transaction have of compares, or of operations, by default. */
const OPERATIONS_MAX = 128;
const TARGET_VERSION = 0;
const TARGET_REVISION = 2;
const TARGET_VALUE = 3;
const IS_GREATER = 1;
const BY_REVISION = 3;

/** As etcd's messages come out of the decoder. */
interface Int64 {
  readonly toNumber: () => number;
  readonly toString: () => string;
}
interface PlainAnswer {
  readonly succeeded: boolean;
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

/** What was found for these queries. */
export function readRanges(queries: readonly RangeQuery[], body: Buffer): RangeAnswer {
  const answer = readTransaction(body);
  // Of what was not changed since then etcd tells the count all the same.
  const found = answer.found.map((each, at) =>
    queries[at]?.sinceRevision === undefined ? each : each.filter(({ revision }) => revision > 0),
  );
  return { ...answer, found };
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

export function joinedMessage({ compares, writes, parts }: Joined): Buffer {
  const inner = parts.map((part) => ({
    txn: {
      compare: part.compares.map(compareOf),
      success: part.writes.map(writeOp),
      failure: part.otherwise.map(rangeOp),
    },
  }));
  return encode('Txn', {
    compare: compares.map(compareOf),
    success: [...writes.map(writeOp), ...inner],
  });
}

export function readJoined(body: Buffer): JoinedAnswer {
  const { header, succeeded, responses } = PlainTxn.parse(decode('TxnAnswer', body));
  const parts = responses.flatMap(({ txn }) =>
    txn === null ? [] : [{ isDone: txn.succeeded, found: txn.responses.flatMap(foundIn) }],
  );
  return { isDone: succeeded, revision: header.revision.toNumber(), parts };
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

function rangeOp(query: RangeQuery): Op {
  const { key, limit = 0, revision = 0, isCount = false, isKeysOnly = false } = query;
  const range = { key, ...endOf(query), limit, revision, count_only: isCount };
  if (query.sinceRevision === undefined && !isKeysOnly) return { range };
  const since =
    query.sinceRevision === undefined
      ? {}
      : { min_mod_revision: query.sinceRevision, sort_target: BY_REVISION };
  return { range: { ...range, ...since, keys_only: isKeysOnly } };
}

function endOf({ to }: { readonly to?: string }): Op {
  return to === undefined ? {} : { range_end: to };
}

function compareOf(compare: Compare): Op {
  const { key } = compare;
  if ('isThere' in compare) return { result: IS_GREATER, target: TARGET_VERSION, key, version: 0 };
  return 'value' in compare
    ? { target: TARGET_VALUE, key, value: compare.value }
    : { target: TARGET_REVISION, key, mod_revision: compare.revision };
}

function writeOp(write: Write): Op {
  if (write.op === 'delete') return { delete: { key: write.key, ...endOf(write) } };
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
