/** As the parts of a batch are called that is sent in parts: records [from, to) of it. */
const PART = /^(.*)\.(\d+)-\d+$/;

/** What single records of a delivery are known by. */
export interface RecordKeys {
  /** The key of the whole batch, also where this is a part of it. */
  readonly batch: string;
  /** The place in the batch of the first record here. */
  readonly first: number;
}

/** The same for the same record, whether its batch is sent whole or in parts. */
export function recordKeys(key: string): RecordKeys {
  const [, batch = key, first = '0'] = PART.exec(key) ?? [];
  return { batch, first: Number(first) };
}
