import type { Work } from './process.ts';

/** Options may hold secrets, and what fails may quote its options. */
export function redactedWork(work: Work, redact: (text: string) => string): Work {
  const { parsed, transformed, unparsed } = work;
  const shown = <T extends { readonly lastError: string }>(stage: T): T =>
    stage.lastError === '' ? stage : { ...stage, lastError: redact(stage.lastError) };
  const letters = unparsed.map((one) => ({ ...one, reason: redact(one.reason) }));
  return {
    ...{ ...work, parsed: shown(parsed), transformed: transformed.map(shown) },
    unparsed: letters,
  };
}
