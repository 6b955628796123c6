import { describe, expect, it } from 'vitest';
import { Standing } from './standing.ts';

const QUIET = { isTouched: false, isDeleted: false };
const TOUCHED = { isTouched: true, isDeleted: false };
const DELETED = { isTouched: false, isDeleted: true };

function rotatedFile(looks: readonly (typeof QUIET)[]): Standing {
  const standing = new Standing();
  standing.rotated();
  for (const look of looks) standing.lookedAt(look);
  return standing;
}

describe('Standing', () => {
  it.each([
    { looks: [], isSilent: false, why: 'it was not looked at' },
    { looks: [QUIET], isSilent: false, why: 'once is chance' },
    { looks: [QUIET, QUIET], isSilent: true, why: 'there was no news twice' },
    { looks: [QUIET, QUIET, TOUCHED], isSilent: false, why: 'there is news' },
  ])('of a rotated file is silent: $isSilent, as $why', ({ looks, isSilent }) => {
    expect(rotatedFile(looks).isSilent()).toBe(isSilent);
  });

  it('of a file that is there is never silent or over', () => {
    const standing = new Standing();
    for (let i = 0; i < 1000; i += 1) standing.lookedAt(QUIET);

    expect([standing.isSilent(), standing.isOver(true), standing.isOver(false)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it.each([
    { looks: Array(239).fill(QUIET), isCrowded: false, isOver: false, why: 'it may be written to' },
    { looks: Array(240).fill(QUIET), isCrowded: false, isOver: true, why: 'a minute is over' },
    { looks: [QUIET, QUIET], isCrowded: true, isOver: true, why: 'others want to be opened' },
    { looks: [DELETED, DELETED], isCrowded: false, isOver: true, why: 'it is deleted' },
  ])('of a rotated file is over: $isOver, as $why', ({ looks, isCrowded, isOver }) => {
    expect(rotatedFile(looks).isOver(isCrowded)).toBe(isOver);
  });

  it('lets the next file begin once this one is read to its end after the move', () => {
    const standing = new Standing();
    standing.lookedAt(QUIET);
    standing.readToEnd();
    standing.rotated();
    standing.readToEnd();
    expect(standing.isDrained(0)).toBe(false);

    standing.lookedAt(TOUCHED);
    standing.readToEnd();
    expect(standing.isDrained(0)).toBe(true);
  });

  it('lets the next file wait for an unfinished line, but not for ever', () => {
    const standing = rotatedFile([TOUCHED]);
    standing.readToEnd();
    expect(standing.isDrained(5)).toBe(false);

    for (let i = 0; i < 8; i += 1) standing.lookedAt(TOUCHED);
    expect(standing.isDrained(5)).toBe(true);
  });
});
