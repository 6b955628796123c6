import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../test/support/following.ts';
import { PartitionRun } from './partition-run.ts';

const runAt = (offset: number) =>
  new PartitionRun({
    ...{ topic: 't', partition: 0, source: 's', origin: 'o', sealed: undefined },
    position: { generation: 1, topic: '', offset },
    isBegunLate: false,
  });

describe('a partition whose next message is not there', () => {
  it('goes on with the oldest that is left, and tells how many are missing', () => {
    const run = runAt(10);

    expect(run.relocate(25, 100, 77)).toBe(15);
    expect(run.next).toBe(25);
    expect(run.take(LIMITS).range).toMatchObject({ generation: 1, start: 25 });
  });

  it('begins anew, as another generation, where it ends before that message', () => {
    const run = runAt(10);

    expect(run.relocate(0, 4, 77)).toBe(0);
    expect(run.next).toBe(0);
    expect(run.take(LIMITS)).toMatchObject({
      range: { generation: 77, start: 0 },
      position: { generation: 77, offset: 0 },
    });
  });

  it('stays where it is, where the message has come meanwhile', () => {
    const run = runAt(10);

    expect(run.relocate(0, 10, 77)).toBe(0);
    expect(run.next).toBe(10);
    expect(run.take(LIMITS).range).toMatchObject({ generation: 1, start: 10 });
  });
});
