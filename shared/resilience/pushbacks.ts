import type { RpcError } from '../rpc/rpc-error.ts';
import type { Endpoint } from './instance.ts';
import type { Member } from './member.ts';

/** What servers have asked of one call: not to come again before some time, or not at all. */
export class Pushbacks<Instance extends Endpoint> {
  readonly #untilMs = new Map<Member<Instance>, number>();
  #isFinal = false;

  /** The call is not to be tried again, there or elsewhere. */
  get isFinal(): boolean {
    return this.#isFinal;
  }

  add(member: Member<Instance>, { retryAfterMs }: RpcError, nowMs: number): void {
    if (retryAfterMs === null) return;
    this.#untilMs.set(member, nowMs + retryAfterMs);
    this.#isFinal ||= retryAfterMs === Infinity;
  }

  /** From then on it may be asked; other calls may come to it sooner than the one that it has refused. */
  restUntilMs(member: Member<Instance>): number {
    return Math.max(member.restUntilMs, this.#untilMs.get(member) ?? 0);
  }

  /** All there are have asked to be left alone until then, or longer. */
  areOfAll(members: readonly Member<Instance>[], untilMs: number): boolean {
    const due = members.filter(({ weight }) => weight > 0);
    return due.length > 0 && due.every((member) => this.restUntilMs(member) >= untilMs);
  }
}
