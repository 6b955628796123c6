import type { AgentState } from '../shared/stores/agent-state.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { AgentIdentity } from './runner/status.ts';

interface MembershipDeps {
  readonly heartbeat: Pick<Heartbeat, 'announce'>;
  readonly state: AgentState;
  readonly address: () => string;
  readonly configuredTag: string;
}

const TAG_DEFAULT = 'default';

/** Who this agent is in its cluster: its address, and a tag that outlives a restart. */
export class Membership {
  readonly #deps: MembershipDeps;
  /** A tag that the masters are being told. */
  #next: string | null = null;

  constructor(deps: MembershipDeps) {
    this.#deps = deps;
  }

  get identity(): AgentIdentity {
    return { tag: this.tag, url: this.#deps.address() };
  }

  /** The tag set over the API, else the configured one, else "default". */
  get tag(): string {
    const { state, configuredTag } = this.#deps;
    return state.tag() ?? (configuredTag === '' ? TAG_DEFAULT : configuredTag);
  }

  /** The tag for heartbeats: one that is sent while a new tag is told must not bring the old one back. */
  get toldTag(): string {
    return this.#next ?? this.tag;
  }

  /**
   * Tells the masters first: the tag is kept only if one of them took it, so that nobody is left
   * behind with a tag that no master knows (contract section 7).
   *
   * @throws AppError `unavailable` when no master could be told.
   */
  async setTag(tag: string, signal: AbortSignal): Promise<void> {
    this.#next = tag;
    try {
      await this.#deps.heartbeat.announce(tag, signal);
      await this.#deps.state.setTag(tag);
    } finally {
      this.#next = null;
    }
  }
}
