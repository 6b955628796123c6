/** Ids of records as a batch gives them: of lines from `first` on. */
export function idsFrom(first: number, count: number): () => readonly string[] {
  return () => Array.from({ length: count }, (_, index) => `source-1:0:${first + index}`);
}
