import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import { dueRuns } from './due-runs.ts';
import { Fetches } from './fetches.ts';
import { GroupClient, keyOf, type Layout } from './group-client.ts';
import { GroupMember, type Share, type TopicPartition } from './group-member.ts';
import type { KafkaServer } from './kafka-server.ts';
import { ownPosition, startOf } from './partition-position.ts';
import { PartitionRun } from './partition-run.ts';
import { ToldOffsets } from './told-offsets.ts';
import { UnderWay } from './under-way.ts';
import { within } from './within.ts';

/** Partitions are given up when what is under way is settled, but others do not wait longer, */
const LOSE_MS_MAX = 10_000;
/** nor longer than this part of a session, in which the group hears nothing of the member. */
const LOSE_SESSIONS_MAX = 0.5;
/** The same for whoever stops. */
const STOP_MS_MAX = 3_000;
/** So often it is looked whether a topic has more partitions, or was made anew. */
const WATCH_MS = 60_000;

/** The options of a reader. */
export interface KafkaSource extends KafkaServer {
  readonly kafka_topic: readonly string[];
  readonly kafka_groupid: string;
  readonly kafka_session_timeout: number;
  readonly read_from: 'oldest' | 'newest';
}

interface ReadingOf {
  readonly source: KafkaSource;
  readonly opening: ReaderOpening;
  readonly clock: Clock;
}

interface Parts {
  readonly client: GroupClient;
  readonly member: GroupMember;
  readonly told: ToldOffsets;
  readonly underWay: UnderWay;
}

/** Reads the partitions that its group gives it, each from where it was left. */
export class KafkaReading {
  readonly #of: ReadingOf;
  readonly #client: GroupClient;
  readonly #member: GroupMember;
  readonly #told: ToldOffsets;
  readonly #underWay: UnderWay;
  readonly #fetches: Fetches;
  readonly #end = new AbortController();
  /** By source, how far its messages are handed out. */
  readonly #positions: Map<string, unknown>;
  #layout: Layout | null = null;
  #runs: readonly PartitionRun[] = [];
  /** The batch that was handed out last is not settled: nobody came back for another. */
  #isLastDropped = false;

  private constructor(of: ReadingOf, { client, member, told, underWay }: Parts) {
    const { limits, positions, signal } = of.opening;
    this.#of = of;
    this.#client = client;
    this.#member = member;
    this.#told = told;
    this.#underWay = underWay;
    this.#positions = new Map(positions);
    const both = AbortSignal.any([signal, this.#end.signal]);
    this.#fetches = new Fetches({ client, limits, clock: of.clock, signal: both });
  }

  /** Nobody is asked yet. */
  static async open(of: ReadingOf): Promise<KafkaReading> {
    const { source: server, opening, clock } = of;
    const { kafka_topic: topics, kafka_groupid: group } = server;
    const client = await GroupClient.open(server, group, topics);
    const told = new ToldOffsets(client);
    const underWay = new UnderWay();
    const sessionMs = server.kafka_session_timeout;
    const loseMsMax = Math.min(LOSE_MS_MAX, sessionMs * LOSE_SESSIONS_MAX);
    const beforeLosing = () =>
      within(clock, opening.signal.aborted ? 0 : loseMsMax, settledAndTold(underWay, told));
    const member = await GroupMember.open({ server, topics, group, sessionMs, beforeLosing });
    return new KafkaReading(of, { client, member, told, underWay });
  }

  /** About how many bytes of its partitions are not handed out. */
  get lagBytes(): number {
    return this.#runs.reduce((sum, run) => sum + run.lagBytes, 0);
  }

  get trouble(): string | null {
    return this.#fetches.trouble ?? this.#told.trouble;
  }

  async *batches(): AsyncGenerator<SourceBatch, undefined> {
    const { signal } = this.#of.opening;
    const background = Promise.all([this.#fetches.run(), this.#watch()]);
    try {
      await this.#unlessStopped(this.#member.join());
      for (;;) {
        const share = await this.#member.share(signal);
        if (share === null) return;
        this.#runs = await this.#unlessStopped(this.#begin(share));
        this.#fetches.serve(this.#runs);
        yield* this.#batchesOf(share);
        this.#fetches.serve([]);
      }
    } finally {
      await this.#close(background);
    }
  }

  /** The client may take long, and may not notice that it is closed: who stops does not wait for it. */
  async #unlessStopped<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#of.opening;
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    const stop = () => reject(new AppError('unavailable', 'stopped'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await Promise.race([work, stopped]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #begin(share: Share): Promise<readonly PartitionRun[]> {
    const { partitions } = share;
    const layout = await this.#client.layout();
    const told = await this.#client.told(partitions);
    this.#layout = layout;
    this.#told.serve(share);
    return Promise.all(
      partitions.map((one) => this.#runOf(one, layout, told.get(keyOf(one)) ?? -1)),
    );
  }

  async #runOf(one: TopicPartition, layout: Layout, told: number): Promise<PartitionRun> {
    const { source: options, opening } = this.#of;
    const source = `kafka:${layout.clusterId}/${options.kafka_groupid}/${keyOf(one)}`;
    const topicId = layout.topics.get(one.topic)?.id ?? '';
    const kept = this.#positions.get(source);
    const own = ownPosition(kept, topicId);
    const start = startOf(own, told, topicId);
    // A topic that was made anew while it was read is read from its beginning.
    const edge = kept === undefined ? options.read_from : 'oldest';
    const offset = start.offset ?? (await this.#client.edge(one, edge));
    const isUntold = own !== null && own.offset > told && this.#underWay.count === 0;
    if (isUntold) this.#told.add({ ...one, offset: own.offset });
    return new PartitionRun({
      ...{ ...one, source, origin: `kafka://${options.kafka_host}/${keyOf(one)}` },
      ...{ position: { ...start, offset }, sealed: opening.sealed.get(source) },
      isBegunLate: start.offset === null && edge === 'newest',
    });
  }

  async *#batchesOf(share: Share): AsyncGenerator<SourceBatch, undefined> {
    const { opening, clock } = this.#of;
    const { limits, signal } = opening;
    const over = AbortSignal.any([signal, share.over]);
    const { arrived } = this.#fetches;
    for await (const run of dueRuns({ runs: this.#runs, arrived, limits, clock, over })) {
      const batch = this.#taken(run);
      this.#fetches.goOn();
      this.#isLastDropped = true;
      yield batch;
      this.#isLastDropped = signal.aborted;
    }
  }

  #taken(run: PartitionRun): SourceBatch {
    const batch = run.take(this.#of.opening.limits);
    const { topic, partition } = run;
    const end = this.#underWay.begin();
    this.#positions.set(batch.source, batch.position);
    return {
      ...batch,
      settled: () => {
        this.#told.add({ topic, partition, offset: batch.position.offset });
        end();
      },
    };
  }

  /** Nobody says so when there is more to be given out. */
  async #watch(): Promise<void> {
    const { clock, opening } = this.#of;
    const over = AbortSignal.any([opening.signal, this.#end.signal]);
    const isOver = (): boolean => over.aborted;
    while (!isOver()) {
      await clock.sleep(WATCH_MS, over);
      if (isOver() || this.#layout === null) continue;
      const layout = await this.#client.layout().catch(() => null);
      if (layout !== null && isOther(layout, this.#layout)) await this.#member.joinAgain();
    }
  }

  async #close(background: Promise<unknown>): Promise<void> {
    const { clock } = this.#of;
    if (!this.#isLastDropped) {
      await within(clock, STOP_MS_MAX, settledAndTold(this.#underWay, this.#told));
    }
    this.#end.abort();
    await this.#member.close(clock);
    // A broker that does not answer is not waited for.
    await within(clock, STOP_MS_MAX, Promise.all([this.#client.close(), background]));
  }
}

async function settledAndTold(underWay: UnderWay, told: ToldOffsets): Promise<void> {
  await underWay.ended();
  await told.done;
}

/** Whether topics have other partitions than they had. */
function isOther({ topics: now }: Layout, { topics: before }: Layout): boolean {
  return [...now].some(([topic, { id, leaders }]) => {
    const known = before.get(topic);
    return known?.id !== id || known.leaders.length !== leaders.length;
  });
}
