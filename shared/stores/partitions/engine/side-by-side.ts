import type { Held, Settlement } from '../partition-store.ts';

/** The same said of `count` partitions: of the next ID, with the next token each. */
export interface SideBySide<Said extends Held> {
  readonly said: Said;
  readonly count: number;
}

/** In their order, what is the same of those that stand side by side together. */
export function sideBySide<Said extends Held>(
  all: readonly Said[],
  areSame: (a: Said, b: Said) => boolean,
): SideBySide<Said>[] {
  const groups: { readonly said: Said; count: number }[] = [];
  for (const said of all) {
    const group = groups.at(-1);
    if (group !== undefined && isNext(group, said) && areSame(group.said, said)) group.count += 1;
    else groups.push({ said, count: 1 });
  }
  return groups;
}

/** Of a completed one its range is kept and nothing else: how many items it had is nobody's there. */
export function sameSettlements(a: Settlement, b: Settlement): boolean {
  if (a.event !== b.event) return false;
  return a.event === 'complete' || a.event === 'start';
}

function isNext<Said extends Held>({ said, count }: SideBySide<Said>, { id, token }: Held) {
  return id === said.id + count && token === said.token + count;
}
