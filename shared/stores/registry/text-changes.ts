import { eventText, recordOf, recordText } from './record-text.ts';
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

export function textChange({ record, event, ...change }: InstanceChange): TextChange {
  return {
    ...change,
    service: record?.name ?? '',
    record: record && recordText(record),
    event: event && eventText(event),
  };
}

export function storedOf(stored: StoredText): StoredInstance;
export function storedOf(stored: StoredText | null): StoredInstance | null;
export function storedOf(stored: StoredText | null): StoredInstance | null {
  return stored && { ...stored, record: recordOf(stored.record) };
}

export function outcomeOf(outcome: TextOutcome): WriteOutcome {
  if (outcome.isDone || outcome.why === 'fenced') return outcome;
  return { ...outcome, there: storedOf(outcome.there) };
}

export function changesOf({ changes, ...rest }: TextChanges): Changes {
  return {
    ...rest,
    changes: changes.map((change) => ({ ...change, instance: storedOf(change.instance) })),
  };
}
