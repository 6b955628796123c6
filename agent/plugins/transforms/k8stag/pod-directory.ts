import type { Logger } from 'pino';
import type { Clock } from '../../../../shared/kernel/clock.ts';
import { messageOf } from '../../../../shared/kernel/errors.ts';
import type { RandomSource } from '../../../../shared/kernel/random.ts';
import { doubling, retryDelayMs } from '../../../../shared/resilience/retry-schedule.ts';
import type { KubeApi } from './kube-api.ts';
import type { Pod, PodFacts } from './pod.ts';

const LOOKUPS_MAX = 8;
/** Between attempts at an API that is away. */
const RETRY = doubling(1_000, 30_000);
/** After a wait that was in vain, nobody waits for so long. */
const IMPATIENCE_MS = 30_000;

interface DirectoryDeps {
  readonly api: KubeApi;
  /** The pods of this node are fetched together; empty: none are. */
  readonly node: string;
  readonly refreshMs: number;
  readonly ttlMs: number;
  readonly missingTtlMs: number;
  readonly waitMs: number;
  readonly podsMax: number;
  readonly factsOf: (pod: Pod) => PodFacts;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Logger;
}

interface Entry {
  /** Null: the API does not know the pod. */
  readonly facts: PodFacts | null;
  readonly expiresMs: number;
}

/**
 * What is known of pods, by namespace and name. It is asked at any time and answers at once; what it
 * does not know it finds out behind the records' back. A pod that is gone is remembered as long as
 * there is room, since its last lines may be read later.
 */
export class PodDirectory {
  readonly #deps: DirectoryDeps;
  readonly #end = new AbortController();
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Map<string, Promise<void>>();
  /** Resolves when the pods of the node were fetched for the first time, or could not be. */
  #first: Promise<void> | null = null;
  #failures = 0;
  #trouble = '';
  #retryAtMs = 0;
  #patientAtMs = 0;

  constructor(deps: DirectoryDeps) {
    this.#deps = deps;
  }

  /** What is known of a pod, or why nothing is. */
  find(namespace: string, name: string): PodFacts | string {
    this.#start();
    const key = `${namespace}/${name}`;
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresMs <= this.#nowMs) void this.#lookUp(namespace, name);
    if (entry === undefined) return `pod ${key} is not known yet${this.#why}`;
    return entry.facts ?? `the Kubernetes API knows no pod ${key}`;
  }

  /** Something to wait for where a pod is not known yet; null: nothing. It never rejects. */
  arrival(namespace: string, name: string): Promise<void> | null {
    this.#start();
    const { waitMs } = this.#deps;
    if (this.#entries.has(`${namespace}/${name}`)) return null;
    if (waitMs === 0 || this.#nowMs < this.#patientAtMs) return null;
    return this.#atMost(waitMs, this.#findOut(namespace, name));
  }

  close(): void {
    this.#end.abort();
    void this.#deps.api.close();
  }

  get #nowMs(): number {
    return this.#deps.clock.monotonicMs();
  }

  get #why(): string {
    return this.#trouble === '' ? '' : `: the Kubernetes API is away: ${this.#trouble}`;
  }

  #start(): void {
    if (this.#first !== null) return;
    this.#first = this.#deps.node === '' ? Promise.resolve() : this.#fetchNode();
    if (this.#deps.node !== '') void this.#refresh(this.#first);
  }

  async #refresh(first: Promise<void>): Promise<void> {
    const { clock, refreshMs } = this.#deps;
    const { signal } = this.#end;
    const isOver = (): boolean => signal.aborted;
    await first;
    while (!isOver()) {
      const untilRetryMs = this.#retryAtMs - this.#nowMs;
      await clock.sleep(untilRetryMs > 0 ? untilRetryMs : refreshMs, signal);
      if (!isOver()) await this.#fetchNode();
    }
  }

  async #fetchNode(): Promise<void> {
    const { api, node, ttlMs, factsOf } = this.#deps;
    await this.#asked(async () => {
      for (const pod of await api.podsOf(node, this.#end.signal)) {
        const { namespace, name } = pod.metadata;
        this.#remember(`${namespace}/${name}`, factsOf(pod), ttlMs);
      }
    });
  }

  async #findOut(namespace: string, name: string): Promise<void> {
    await this.#first;
    if (!this.#entries.has(`${namespace}/${name}`)) await this.#lookUp(namespace, name);
  }

  /** Resolves at once where it may not be asked now. */
  #lookUp(namespace: string, name: string): Promise<void> {
    const key = `${namespace}/${name}`;
    const running = this.#pending.get(key);
    if (running !== undefined) return running;
    const isBusy = this.#pending.size >= LOOKUPS_MAX || this.#nowMs < this.#retryAtMs;
    if (isBusy || this.#end.signal.aborted) return Promise.resolve();
    const looking = this.#asked(() => this.#fetchPod(namespace, name)).finally(() =>
      this.#pending.delete(key),
    );
    this.#pending.set(key, looking);
    return looking;
  }

  async #fetchPod(namespace: string, name: string): Promise<void> {
    const { api, ttlMs, missingTtlMs, factsOf } = this.#deps;
    const key = `${namespace}/${name}`;
    const pod = await api.pod(namespace, name, this.#end.signal);
    // What a pod was is still true of its lines when it is gone.
    const facts = pod === null ? (this.#entries.get(key)?.facts ?? null) : factsOf(pod);
    this.#remember(key, facts, facts === null ? missingTtlMs : ttlMs);
  }

  #remember(key: string, facts: PodFacts | null, ttlMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { facts, expiresMs: this.#nowMs + ttlMs });
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= this.#deps.podsMax) return;
      this.#entries.delete(oldest);
    }
  }

  /** Notes whether the API is there; never rejects. */
  async #asked(question: () => Promise<void>): Promise<void> {
    const { log, random } = this.#deps;
    try {
      await question();
      if (this.#failures > 0) log.info('the Kubernetes API answers again');
      this.#failures = 0;
      this.#trouble = '';
      this.#retryAtMs = 0;
    } catch (thrown) {
      if (this.#end.signal.aborted) return;
      this.#failures += 1;
      this.#trouble = messageOf(thrown);
      this.#retryAtMs = this.#nowMs + retryDelayMs(RETRY, this.#failures, random);
      if (this.#failures > 1) return;
      const reason = this.#trouble;
      log.warn({ reason }, 'the Kubernetes API is away: records go on without what it knows');
    }
  }

  /** Waits, but not for long, and then not again for a while. */
  async #atMost(waitMs: number, awaited: Promise<void>): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#end.signal]);
    const isLate = this.#deps.clock.sleep(waitMs, signal).then(() => true);
    const late = await Promise.race([awaited.then(() => false), isLate]);
    over.abort();
    if (late) this.#patientAtMs = this.#nowMs + IMPATIENCE_MS;
  }
}
