import { messageOf } from '../../shared/kernel/errors.ts';
import type { LogRecord, SourceBatch } from '../plugins/plugin.ts';
import { idsOfLines } from '../records/record-ids.ts';
import { addTo, noCount, type StageCount } from './counters.ts';
import type { NamedTransform } from './pipeline.ts';
import type { RecordLines } from './units.ts';

export interface TransformOutcome extends Readonly<StageCount> {
  readonly name: string;
  readonly type: string;
}

/** Which lines of which batch the records are of. */
interface Origin {
  readonly lines: RecordLines;
  readonly batch: SourceBatch;
}

/** Transforms at work on one batch, part by part, and what came of it. */
export class Transforming {
  readonly #stages: readonly { readonly named: NamedTransform; readonly count: StageCount }[];

  constructor(transforms: readonly NamedTransform[]) {
    this.#stages = transforms.map((named) => ({ named, count: noCount() }));
  }

  get outcomes(): readonly TransformOutcome[] {
    return this.#stages.map(({ named: { name, type }, count }) => ({ name, type, ...count }));
  }

  /** What all of them, one after another, make of the records; the lines of `origin` follow them. */
  apply(given: LogRecord[], origin: Origin | null): LogRecord[] {
    const ids = origin === null ? undefined : () => idsOfLines(origin.batch, origin.lines.lines);
    let records = given;
    for (const { named, count } of this.#stages) {
      const before = records.length;
      try {
        const { errors, lastError, from, records: after } = named.transform.apply(records, ids);
        addTo(count, before - errors, errors, lastError);
        origin?.lines.changed(records, after, from);
        records = after;
      } catch (thrown) {
        // The records go on as they are: a transform that breaks must not lose them.
        addTo(count, 0, before, messageOf(thrown));
      }
    }
    return records;
  }

  /** So many records went through all of them as text. */
  edited(records: number): void {
    for (const { count } of this.#stages) addTo(count, records, 0, '');
  }
}
