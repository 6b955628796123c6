import type { Changes, InstanceChange, StoredInstance, WriteOutcome } from './registry-store.ts';

/** An instance with its record as text, as the engines have it that know no more of it. */
export type StoredText = Omit<StoredInstance, 'record'> & { readonly record: string };

export type TextChange = Omit<InstanceChange, 'record' | 'event'> & {
  /** Empty: it goes. */
  readonly service: string;
  readonly record: string | null;
  readonly event: string | null;
};

export type TextOutcome =
  | Exclude<WriteOutcome, { readonly why: 'changed' | 'renewed' }>
  | {
      readonly isDone: false;
      readonly why: 'changed' | 'renewed';
      readonly there: StoredText | null;
    };

export type TextChanges = Omit<Changes, 'changes'> & {
  readonly changes: readonly (Omit<Changes['changes'][number], 'instance'> & {
    readonly instance: StoredText | null;
  })[];
};
