import { redactedUrl } from '../../shared/domain/redaction.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import type { RecordForm, SourceBatch } from '../plugins/plugin.ts';
import type { Enrich } from './enrich.ts';
import type { NamedSender, NamedTransform, Pipeline } from './pipeline.ts';
import { process, type Work } from './process.ts';
import { redactedWork } from './redacted-work.ts';

interface StageDeps {
  readonly pipeline: Pick<Pipeline, 'openParser' | 'openTransforms'>;
  readonly enrich: Enrich | null;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
}

interface Stages {
  readonly process: (batch: SourceBatch) => Work;
  /** Whoever opened them closes them. */
  readonly transforms: readonly NamedTransform[];
}

/** What lies between a reader and these senders. */
export function openStages(
  senders: readonly NamedSender[],
  { pipeline, enrich, clock, redact }: StageDeps,
): Stages {
  const transforms = pipeline.openTransforms();
  const stages = { parser: pipeline.openParser(), enrich, transforms, wanted: formWanted(senders) };
  return {
    process: (batch) => redactedWork(process(batch, stages, clock.now()), redact),
    transforms,
  };
}

/** A sender is named by its URL where it has no name, and a secret may be in that. */
export function withShownNames(
  senders: readonly NamedSender[],
  redact: (text: string) => string,
): NamedSender[] {
  return senders.map((named) => ({ ...named, name: redact(redactedUrl(named.name)) }));
}

/** Whoever takes NDJSON can take objects, too. */
function formWanted(senders: readonly NamedSender[]): RecordForm {
  return senders.every(({ sender }) => sender.wants === 'ndjson') ? 'ndjson' : 'objects';
}
