import { messageOf } from '../../shared/kernel/errors.ts';
import { type Asked, type GroupClient, keyOf } from './group-client.ts';
import type { Share } from './group-member.ts';

/** Tells the group what is settled, one request at a time: what comes meanwhile goes with the next. */
export class ToldOffsets {
  readonly #client: GroupClient;
  #share: Share | null = null;
  readonly #waiting = new Map<string, Asked>();
  #telling: Promise<void> | null = null;
  #trouble: string | null = null;

  constructor(client: GroupClient) {
    this.#client = client;
  }

  /** Why the group does not know how far this member is. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Resolves when nothing is left to tell. */
  get done(): Promise<void> {
    return this.#telling ?? Promise.resolve();
  }

  /** Only of partitions of this share is the group told from now on. */
  serve(share: Share): void {
    this.#share = share;
    this.#waiting.clear();
  }

  add(offset: Asked): void {
    const isOurs = this.#share?.partitions.some((one) => keyOf(one) === keyOf(offset)) ?? false;
    if (!isOurs) return;
    this.#waiting.set(keyOf(offset), offset);
    this.#telling ??= this.#tellAll().finally(() => {
      this.#telling = null;
    });
  }

  async #tellAll(): Promise<void> {
    while (this.#waiting.size > 0 && this.#share !== null) {
      const share = this.#share;
      const offsets = [...this.#waiting.values()];
      this.#waiting.clear();
      try {
        await this.#client.tell(offsets, share);
        this.#trouble = null;
      } catch (thrown) {
        // Our own position stands; whoever takes the partition over may read some messages again.
        if (!share.over.aborted) this.#trouble = messageOf(thrown);
      }
    }
  }
}
