import { type Channel, connectivityState } from '@grpc/grpc-js';

/** Follows the connections that a channel makes: a call that began and ended without one was not sent. */
export class ConnectionWatch {
  readonly #channel: Channel;
  #made = 0;
  #isUp = false;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#watch(channel.getConnectivityState(false));
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** How many there have been. */
  get made(): number {
    return this.#made;
  }

  #watch(state: connectivityState): void {
    this.#isUp = state === connectivityState.READY;
    if (this.#isUp) this.#made += 1;
    if (state === connectivityState.SHUTDOWN) return;
    this.#channel.watchConnectivityState(state, Infinity, () => {
      this.#watch(this.#channel.getConnectivityState(false));
    });
  }
}
