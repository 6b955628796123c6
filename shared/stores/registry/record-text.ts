import { z } from 'zod';
import type { InstanceEvent, InstanceRecord } from '../../domain/instance-record.ts';

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
