import { describe, expect, it } from 'vitest';
import { Breaker, type BreakerOptions, type BreakerState, type CallEnd } from './breaker.ts';

const OPTIONS: BreakerOptions = {
  threshold: 3,
  openMs: 1_000,
  growth: 2,
  growthMax: 10,
  halfOpenMax: 2,
  successesToClose: 1,
  failuresToReopen: 2,
};

function call(breaker: Breaker, how: CallEnd, nowMs: number): void {
  const permit = breaker.begin(nowMs);
  if (permit === null) throw new Error(`the breaker is ${breaker.state(nowMs)}`);
  breaker.end(permit, how, nowMs);
}

function opened(options: Partial<BreakerOptions> = {}): Breaker {
  const breaker = new Breaker({ ...OPTIONS, ...options });
  for (let nth = 0; nth < OPTIONS.threshold; nth += 1) call(breaker, 'failure', 0);
  return breaker;
}

describe('Breaker', () => {
  it('opens after so many failures one after another, and lets nothing through', () => {
    const breaker = new Breaker(OPTIONS);
    for (const how of ['failure', 'failure', 'success', 'failure', 'failure'] as const) {
      call(breaker, how, 0);
    }
    expect(breaker.state(0)).toBe('closed');
    call(breaker, 'failure', 0);

    expect(breaker.state(999)).toBe('open');
    expect(breaker.begin(999)).toBeNull();
  });

  it('V6: the first half-open call counts, so that one success of two closes it', () => {
    const breaker = opened();

    call(breaker, 'success', 1_000);

    expect(breaker.state(1_000)).toBe('closed');
  });

  it('V6: to ask for the state takes no place, and places that were taken come back', () => {
    const breaker = opened();
    for (let nth = 0; nth < 100; nth += 1) {
      expect(breaker.wouldAllow(1_000)).toBe(true);
      expect(breaker.state(1_000)).toBe('half_open');
    }
    for (let nth = 0; nth < 100; nth += 1) call(breaker, 'neither', 1_000);

    call(breaker, 'success', 1_000);
    expect(breaker.state(1_000)).toBe('closed');
  });

  it('lets so many through when half open, and no more while they are on their way', () => {
    const breaker = opened();

    expect([breaker.begin(1_000), breaker.begin(1_000)]).not.toContain(null);
    expect(breaker.begin(1_000)).toBeNull();
  });

  it.each([
    { ends: ['failure', 'success'], state: 'closed', why: 'one of two succeeded' },
    { ends: ['failure', 'failure'], state: 'open', why: 'none did' },
  ] as const)('is $state after trials of which $why', ({ ends, state }) => {
    const breaker = opened();
    for (const end of ends) call(breaker, end, 1_000);
    expect(breaker.state(1_000)).toBe(state);
  });

  it('closes after as many successes as it takes, and opens after as many failures', () => {
    const options = { halfOpenMax: 3, successesToClose: 2, failuresToReopen: 2 };
    const closing = opened(options);
    call(closing, 'success', 1_000);
    call(closing, 'failure', 1_000);
    expect(closing.state(1_000)).toBe('half_open');
    call(closing, 'success', 1_000);
    expect(closing.state(1_000)).toBe('closed');

    const opening = opened(options);
    call(opening, 'failure', 1_000);
    call(opening, 'failure', 1_000);
    expect(opening.state(1_000)).toBe('open');
  });

  it('says how many may begin', () => {
    const breaker = new Breaker({ ...OPTIONS, halfOpenMax: 3 });
    expect(breaker.roomFor(50, 0)).toBe(50);
    breaker.trip(0);
    expect(breaker.roomFor(50, 999)).toBe(0);
    expect(breaker.roomFor(50, 1_000)).toBe(3);
    breaker.begin(1_000);
    expect(breaker.roomFor(50, 1_000)).toBe(2);
  });

  it('is closed again when somebody resets it, and opens for as long as at first', () => {
    const breaker = opened();
    call(breaker, 'failure', 1_000);
    call(breaker, 'failure', 1_000);
    breaker.reset();

    expect(breaker.state(1_000)).toBe('closed');
    breaker.trip(1_000);
    expect(breaker.openForMs).toBe(1_000);
  });

  it('stays open longer each time that its trials fail, up to a most', () => {
    const breaker = opened();
    let nowMs = 0;
    const openFor: number[] = [];
    for (let nth = 0; nth < 6; nth += 1) {
      openFor.push(breaker.openForMs);
      nowMs += breaker.openForMs;
      call(breaker, 'failure', nowMs);
      call(breaker, 'failure', nowMs);
    }
    expect(openFor).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it('begins with the least again once it has stayed closed', () => {
    const breaker = opened();
    call(breaker, 'success', 1_000);
    call(breaker, 'success', 5_000);
    for (let nth = 0; nth < 3; nth += 1) call(breaker, 'failure', 6_000);
    expect(breaker.openForMs).toBe(1_000);
  });

  it('learns nothing from a call that began before its state changed', () => {
    const breaker = new Breaker(OPTIONS);
    const early = breaker.begin(0);
    for (let nth = 0; nth < 3; nth += 1) call(breaker, 'failure', 0);
    expect(breaker.state(1_000)).toBe('half_open');
    if (early !== null) breaker.end(early, 'success', 1_000);
    expect(breaker.state(1_000)).toBe('half_open');
  });

  it('tells each change once', () => {
    const told: BreakerState[] = [];
    const breaker = new Breaker(OPTIONS, (state) => told.push(state));
    for (let nth = 0; nth < 3; nth += 1) call(breaker, 'failure', 0);
    breaker.state(2_000);
    call(breaker, 'success', 2_000);
    expect(told).toEqual(['open', 'half_open', 'closed']);
  });
});
