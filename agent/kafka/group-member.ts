import type { Consumer } from '@platformatic/kafka';
import { Bell } from '../../shared/kernel/bell.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import type { AppError } from '../../shared/kernel/errors.ts';
import { clientOptions, type KafkaServer, kafkaError } from './kafka-server.ts';
import { within } from './within.ts';

/** So often in a session the group hears of a member. */
const HEARTBEATS_PER_SESSION = 3;
/** So long the group waits for members to come back before it gives out partitions anew. */
const REBALANCE_MS_MIN = 60_000;
/** What an answer may take beyond that. */
const ANSWER_MS = 5_000;
const RETRIES_MAX = 3;
/** Who leads gives partitions out in turn, and the others take them, whatever way they agree on. */
const PROTOCOLS = ['roundrobin', 'range'];
/** Whoever leaves does not wait longer for the group to know. */
const LEAVE_MS_MAX = 2_000;

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** What this member of the group reads, until partitions are given out anew. */
export interface Share {
  readonly partitions: readonly TopicPartition[];
  readonly memberId: string;
  readonly generation: number;
  /** Aborts when it is to be given up. */
  readonly over: AbortSignal;
}

interface MemberOf {
  readonly server: KafkaServer;
  readonly topics: readonly string[];
  readonly group: string;
  readonly sessionMs: number;
  /** Partitions are not given up before it resolves. */
  readonly beforeLosing: () => Promise<void>;
}

/** What is done at turns of a membership. */
interface Turns {
  /** Each time before it joins; what it says of itself then. */
  readonly joining: () => Promise<Buffer>;
  /**
   * Before it tells the others their partitions. It asks where things are once more, so that the
   * others have asked for theirs by then: who does so later is refused by some brokers.
   */
  readonly leading: () => void;
}

/** A member of a group of consumers, with a connection of its own for its heartbeats. */
export class GroupMember {
  readonly #of: MemberOf;
  readonly #consumer: Consumer;
  readonly #changed = new Bell();
  #share: Share | null = null;
  #over = new AbortController();
  #failure: AppError | null = null;

  private constructor(of: MemberOf, create: (turns: Turns) => Consumer) {
    this.#of = of;
    this.#consumer = create({
      joining: async () => {
        this.#over.abort();
        await of.beforeLosing();
        return Buffer.alloc(0);
      },
      leading: () => this.#consumer.clearMetadata(),
    });
    for (const topic of of.topics) this.#consumer.topics.track(topic);
    this.#consumer.on('consumer:group:join', ({ memberId, generationId, assignments }) => {
      this.#joined(memberId, generationId ?? 0, assignments ?? []);
    });
    this.#consumer.on('error', (thrown: unknown) => this.#failed(thrown));
  }

  /** Not in the group yet. */
  static async open(of: MemberOf): Promise<GroupMember> {
    const { Consumer: Client, roundRobinAssigner } = await import('@platformatic/kafka');
    const options = await clientOptions(of.server);
    const rebalanceMs = Math.max(of.sessionMs, REBALANCE_MS_MIN);
    return new GroupMember(
      of,
      ({ joining, leading }) =>
        new Client({
          ...options,
          groupId: of.group,
          sessionTimeout: of.sessionMs,
          heartbeatInterval: Math.ceil(of.sessionMs / HEARTBEATS_PER_SESSION),
          rebalanceTimeout: rebalanceMs,
          // Who joins is answered when the others have joined, too.
          requestTimeout: rebalanceMs + ANSWER_MS,
          retries: RETRIES_MAX,
          // What was found out before joining is not asked for again while others join.
          metadataMaxAge: rebalanceMs,
          protocols: PROTOCOLS.map((name) => ({ name, version: 1 })),
          protocolsMetadata: joining,
          partitionAssigner: (...asked) => {
            leading();
            return roundRobinAssigner(...asked);
          },
        }),
    );
  }

  /** @throws AppError `unavailable`, or `invalid` when the brokers do not let the user in. */
  async join(): Promise<void> {
    try {
      await this.#consumer.joinGroup({});
    } catch (thrown) {
      throw kafkaError(thrown, this.#of.server);
    }
  }

  /** Has the partitions given out anew, as there are others. */
  async joinAgain(): Promise<void> {
    await this.#consumer.joinGroup({}).catch((thrown: unknown) => this.#failed(thrown));
  }

  /**
   * What is to be read now, once it is known; null when `signal` aborts first.
   * @throws AppError that ended the membership.
   */
  async share(signal: AbortSignal): Promise<Share | null> {
    while (!signal.aborted) {
      const changed = this.#changed.heard(signal);
      if (this.#failure !== null) throw this.#failure;
      if (this.#share !== null && !this.#share.over.aborted) return this.#share;
      await changed;
    }
    return null;
  }

  /** Leaves the group, so that others take over at once; never rejects. */
  async close(clock: Clock): Promise<void> {
    this.#over.abort();
    await within(
      clock,
      LEAVE_MS_MAX,
      this.#consumer.close().catch(() => undefined),
    );
    // Where it could not say so.
    void this.#consumer.connections.close().catch(() => undefined);
  }

  #joined(
    memberId: string,
    generation: number,
    assignments: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  ): void {
    this.#over.abort();
    this.#over = new AbortController();
    const partitions = assignments.flatMap(({ topic, partitions: numbers }) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    this.#share = { partitions, memberId, generation, over: this.#over.signal };
    this.#changed.ring();
  }

  #failed(thrown: unknown): void {
    this.#failure = kafkaError(thrown, this.#of.server);
    this.#over.abort();
    this.#changed.ring();
  }
}
