import { z } from 'zod';
import type { InstanceEvent, InstanceRecord } from '../../domain/instance-record.ts';
import type { Changes, InstanceChange, StoredInstance, WriteOutcome } from './registry-store.ts';
import type { StoredText, TextChange, TextChanges, TextOutcome } from './text-changes.ts';

// What is read was written by this program: to check it once more would cost more than all else.
const Record = z.custom<InstanceRecord>();
const Event = z.custom<InstanceEvent>();

export function recordText(record: InstanceRecord): string {
  return JSON.stringify(record);
}

export function recordOf(text: string): InstanceRecord {
  return Record.parse(JSON.parse(text));
}

export function eventText(event: InstanceEvent): string {
  return JSON.stringify(event);
}

export function eventOf(text: string): InstanceEvent {
  return Event.parse(JSON.parse(text));
}

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
