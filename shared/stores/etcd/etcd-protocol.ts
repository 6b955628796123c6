import protobuf from 'protobufjs';

/**
 * What of etcd's v3 API is asked here, with the numbers of its fields as etcd documents them
 * (api/etcdserverpb/rpc.proto, api/mvccpb/kv.proto).
 */
const PROTOCOL = `
  syntax = "proto3";

  message Header { uint64 cluster_id = 1; int64 revision = 3; }
  message KeyValue { string key = 1; int64 mod_revision = 3; string value = 5; }

  message Range {
    string key = 1; string range_end = 2; int64 limit = 3; int64 revision = 4; int32 sort_target = 6;
    bool keys_only = 8; bool count_only = 9; int64 min_mod_revision = 10;
  }
  message Put { string key = 1; string value = 2; int64 lease = 3; }
  message Delete { string key = 1; string range_end = 2; }
  message Op { oneof op { Range range = 1; Put put = 2; Delete delete = 3; Txn txn = 4; } }

  message Compare {
    int32 result = 1; int32 target = 2; string key = 3;
    oneof target_union { int64 version = 4; int64 mod_revision = 6; string value = 7; }
  }
  message Txn { repeated Compare compare = 1; repeated Op success = 2; repeated Op failure = 3; }

  message RangeAnswer { repeated KeyValue kvs = 2; int64 count = 4; }
  message OpAnswer { oneof answer { RangeAnswer range = 1; TxnAnswer txn = 4; } }
  message TxnAnswer { Header header = 1; bool succeeded = 2; repeated OpAnswer responses = 3; }

  message LeaseGrant { int64 TTL = 1; }
  message LeaseId { int64 ID = 1; }
  message LeaseAnswer { int64 ID = 2; int64 TTL = 3; }

  message Login { string name = 1; string password = 2; }
  message LoginAnswer { string token = 2; }
`;

const { root } = protobuf.parse(PROTOCOL, { keepCase: true });

type Question = 'Txn' | 'LeaseGrant' | 'LeaseId' | 'Login';
type Answer = 'TxnAnswer' | 'LeaseAnswer' | 'LoginAnswer';

export function encode(name: Question, message: Readonly<Record<string, unknown>>): Buffer {
  const type = root.lookupType(name);
  const bytes = type.encode(message).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** What is missing has its default; integers of 64 bits are `Long`s. */
export function decode(name: Answer, bytes: Buffer): unknown {
  return root.lookupType(name).decode(bytes);
}
