import { readFile } from 'node:fs/promises';
import type { Producer } from '@platformatic/kafka';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import { stoppable } from '../../shared/kernel/stoppable.ts';
import { RecordsRefused } from '../records/records-refused.ts';

export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export const TLS_CHOICES = ['off', 'verify', 'skip_verify'] as const;
export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

/** By which an id travels with each message. */
export const ID_HEADER = 'record-id';
/** Codes of the protocol that say something of what is in a message. */
const CONTENT_CODES: readonly number[] = [2, 10, 18, 87];
/** Codes that say something of the configuration: names, rights. */
const CONFIG_CODES: readonly number[] = [17, 29, 30, 31, 33, 34, 58];

export interface KafkaTarget {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly clientId: string;
  readonly compression: (typeof COMPRESSIONS)[number];
  readonly username: string;
  readonly password: string;
  readonly mechanism: (typeof SASL_MECHANISMS)[number];
  readonly tls: (typeof TLS_CHOICES)[number];
  /** Path of a file of PEM; empty: the authorities that Node knows. */
  readonly tlsCa: string;
  readonly retriesMax: number;
  readonly timeoutMs: number;
}

/** A record on its way to a topic. */
export interface KafkaMessage {
  /** Messages of the same key go to the same partition; null: to any. */
  readonly key: string | null;
  readonly value: string;
  readonly id: string;
}

type BufferProducer = Producer;

/** One producer of its own id: what it sends again because an answer was lost, brokers know. */
export class KafkaProducer {
  readonly #producer: BufferProducer;
  readonly #target: KafkaTarget;

  private constructor(producer: BufferProducer, target: KafkaTarget) {
    this.#producer = producer;
    this.#target = target;
  }

  /** @throws AppError `unavailable`, or `invalid` when the brokers do not let the user in. */
  static async open(target: KafkaTarget, signal: AbortSignal): Promise<KafkaProducer> {
    const { Producer } = await import('@platformatic/kafka');
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
      clientId: target.clientId,
      bootstrapBrokers: [...target.brokers],
      idempotent: true,
      autocreateTopics: true,
      compression: target.compression,
      // To the client 0 is as good as its default.
      retries: target.retriesMax === 0 ? false : target.retriesMax,
      timeout: target.timeoutMs,
      connectTimeout: target.timeoutMs,
      ...saslOf(target),
      ...(await tlsOf(target)),
    });
    const opened = new KafkaProducer(producer, target);
    try {
      // Nothing is known of an id yet, and the protocol says so by -1.
      const first = { producerId: -1n, producerEpoch: -1 };
      await stoppable(
        signal,
        () => void opened.close(),
        () => producer.initIdempotentProducer(first),
      );
    } catch (thrown) {
      await opened.close();
      throw kafkaError(thrown, target);
    }
    return opened;
  }

  /** Resolves when every replica that is in step has all of them. */
  async send(messages: readonly KafkaMessage[]): Promise<void> {
    const { topic } = this.#target;
    try {
      await this.#producer.send({
        messages: messages.map(({ key, value, id }) => ({
          topic,
          ...(key === null ? {} : { key: Buffer.from(key) }),
          value: Buffer.from(value),
          headers: new Map([[Buffer.from(ID_HEADER), Buffer.from(id)]]),
        })),
      });
    } catch (thrown) {
      throw kafkaError(thrown, this.#target);
    }
  }

  async close(): Promise<void> {
    await this.#producer.close().catch(() => undefined);
  }
}

function saslOf({ username, password, mechanism }: KafkaTarget) {
  return username === '' ? {} : { sasl: { mechanism, username, password } };
}

async function tlsOf({ tls, tlsCa }: KafkaTarget) {
  if (tls === 'off') return {};
  const ca = tlsCa === '' ? {} : { ca: await readFile(tlsCa, 'utf8') };
  return { tls: { rejectUnauthorized: tls === 'verify', ...ca } };
}

function kafkaError(thrown: unknown, { brokers }: KafkaTarget): AppError {
  const causes = causesOf(thrown);
  const codes = causes.map((cause) => fieldOf(cause, 'apiCode'));
  const deepest = causes.at(-1) ?? thrown;
  const message = `kafka ${brokers.join(',')}: ${messageOf(deepest) || messageOf(thrown)}`;
  if (codes.some((code) => CONTENT_CODES.includes(Number(code)))) {
    return new RecordsRefused(message);
  }
  const isConfig =
    codes.some((code) => CONFIG_CODES.includes(Number(code))) ||
    causes.some((cause) => fieldOf(cause, 'code') === 'PLT_KFK_AUTHENTICATION');
  return new AppError(isConfig ? 'invalid' : 'unavailable', message, { cause: thrown });
}

/** An error and those that it is made of, the outermost first. */
function causesOf(thrown: unknown): unknown[] {
  if (!(thrown instanceof Error)) return [thrown];
  const inner: unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown.cause];
  return [thrown, ...inner.filter((cause) => cause instanceof Error).flatMap(causesOf)];
}

function fieldOf(thrown: unknown, name: 'apiCode' | 'code'): unknown {
  return thrown instanceof Error ? Reflect.get(thrown, name) : undefined;
}
