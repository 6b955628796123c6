import { describe, expect, it } from 'vitest';
import { agentStatus } from './agent-status.ts';

const NOW_MS = 1_700_000_000;

describe('agentStatus', () => {
  it.each([
    { silentMs: 0, status: 'ok', why: 'heard from just now' },
    { silentMs: 30_000, status: 'ok', why: 'the ok limit is inclusive' },
    { silentMs: 30_001, status: 'bad', why: 'one millisecond past ok' },
    { silentMs: 60_000, status: 'bad', why: 'the bad limit is inclusive' },
    { silentMs: 60_001, status: 'lost', why: 'one millisecond past bad' },
  ])('is $status after $silentMs ms of silence: $why', ({ silentMs, status }) => {
    expect(agentStatus(NOW_MS - silentMs, NOW_MS)).toBe(status);
  });
});
