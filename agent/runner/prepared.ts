import type { Reader } from '../plugins/plugin.ts';
import type { Dispatch } from './dispatch.ts';
import type { Parcel } from './parcel.ts';
import type { NamedTransform } from './pipeline.ts';

interface Preparing {
  readonly reader: Reader;
  readonly dispatch: Dispatch;
  readonly transforms: readonly NamedTransform[];
}

/** What the reader hands out, made ready for the senders once no transform waits for anything. */
export async function* prepared(
  { reader, dispatch, transforms }: Preparing,
  quit: AbortSignal,
): AsyncGenerator<Parcel, undefined> {
  const expecting = transforms.flatMap(({ transform: { expect } }) => expect ?? []);
  for await (const batch of reader.batches) {
    for (const expect of expecting) {
      if (!quit.aborted) await expect(batch);
    }
    yield dispatch.prepare(batch);
  }
}
