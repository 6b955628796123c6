import type { LogRecord } from '../plugins/plugin.ts';
import { process } from '../runner/process.ts';
import { sampleBatch } from './sample-batch.ts';

/** What became of the lines at one stage. */
interface StageResult {
  readonly success: number;
  readonly errors: number;
  readonly lastError: string;
}

/** What a runner would have made of some lines. */
export interface Rehearsal {
  readonly lines: number;
  /** As they would go to the senders. */
  readonly records: readonly LogRecord[];
  readonly parser: StageResult;
  readonly transforms: readonly (StageResult & { readonly name: string })[];
  /** How many would have got them. */
  readonly senders: number;
}

type Stages = Omit<Parameters<typeof process>[1], 'wanted'>;

/** Takes lines through parser, enrichment and transforms, as a runner would. */
export function rehearse(
  text: string,
  { origin, ...stages }: Stages & { readonly origin: string },
  nowMs: number,
): Omit<Rehearsal, 'senders'> {
  const batch = sampleBatch(text, { isOneLine: false, origin });
  const { records, parsed, transformed } = process(batch, { ...stages, wanted: 'objects' }, nowMs);
  const { success, errors, lastError } = parsed;
  return {
    lines: batch.lines,
    records: records.objects(),
    parser: { success, errors, lastError },
    transforms: transformed.map((stage) => ({
      name: stage.name,
      ...{ success: stage.success, errors: stage.errors, lastError: stage.lastError },
    })),
  };
}
