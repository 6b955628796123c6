import type { Records } from '../plugins/plugin.ts';
import { ObjectRecords } from './object-records.ts';

/** Those of the records that are at these places, in rising order. */
export function pickRecords(records: Records, places: readonly number[]): Records {
  if (places.length === records.count) return records;
  if (records.pick !== undefined) return records.pick(places);
  const objects = records.objects();
  return new ObjectRecords(places.flatMap((place) => objects.slice(place, place + 1)));
}
