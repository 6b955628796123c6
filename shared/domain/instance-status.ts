/** What can be said of an instance of a service; only one that is `up` gets calls. */
export type InstanceStatus = (typeof STATUSES)[number];

/** Which words an instance was registered with, and is spoken of in: named for that of what is up. */
export type StatusWords = 'active' | 'up';

const STATUSES = ['up', 'down', 'starting', 'stopping', 'maintenance', 'unhealthy'] as const;

/** The other vocabulary has three words for all of it. */
const ACTIVE_WORDS: Readonly<Record<InstanceStatus, string>> = {
  up: 'active',
  down: 'inactive',
  starting: 'inactive',
  stopping: 'inactive',
  unhealthy: 'inactive',
  maintenance: 'maintenance',
};

export interface ReadStatus {
  readonly status: InstanceStatus;
  readonly words: StatusWords;
}

const READ: ReadonlyMap<string, ReadStatus> = new Map<string, ReadStatus>([
  ...STATUSES.map((status) => [status, { status, words: 'up' }] as const),
  ['active', { status: 'up', words: 'active' }],
  ['inactive', { status: 'down', words: 'active' }],
  // It is in both vocabularies; the first one is the default.
  ['maintenance', { status: 'maintenance', words: 'active' }],
]);

export const STATUS_WORDS: readonly string[] = [...READ.keys()];

/** Null: it is no status. */
export function readStatus(text: string): ReadStatus | null {
  return READ.get(text) ?? null;
}

export function statusWord(status: InstanceStatus, words: StatusWords): string {
  return words === 'up' ? status : ACTIVE_WORDS[status];
}
