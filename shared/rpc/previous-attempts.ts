/** How many attempts of its call were sent before this one; a first one has no such metadata. */
export const PREVIOUS_ATTEMPTS = 'previous-attempts';

type Metadata = Readonly<Record<string, string>>;

/** What goes with an attempt, so that its server can tell retries and hedges from calls. */
export function metadataAfter(attempts: number, own: Metadata): Metadata {
  return attempts === 0 ? own : { ...own, [PREVIOUS_ATTEMPTS]: String(attempts) };
}
