/**
 * How alive an agent looks from its last heartbeat.
 *
 * Agents send a heartbeat every 15 s, so `ok` forgives one lost beat and `bad` forgives three.
 * Status is never stored: it is derived on every read and so cannot go stale. Both parameters are
 * monotonic milliseconds of one clock: a wall clock that jumps makes nobody lost.
 */
export const AGENT_OK_MS_MAX = 30_000;
export const AGENT_BAD_MS_MAX = 60_000;

export type AgentStatus = 'ok' | 'bad' | 'lost';

export function agentStatus(lastTouchMs: number, nowMs: number): AgentStatus {
  const silentMs = nowMs - lastTouchMs;

  if (silentMs <= AGENT_OK_MS_MAX) return 'ok';
  if (silentMs <= AGENT_BAD_MS_MAX) return 'bad';
  return 'lost';
}
