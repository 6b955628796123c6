import { z } from 'zod';
import { goDurationOption } from '../../shared/domain/go-duration.ts';
import { certificateRefusal } from '../../shared/kernel/certificate-refusal.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import { commaList, option } from '../plugins/option.ts';
import { type ServerTls, tlsCaOption, tlsOption, tlsOptions } from '../plugins/server-tls.ts';

const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const HOST_EXAMPLE = '192.168.31.201:9092';

/** Codes that say something of the configuration: names, rights. */
const CONFIG_CODES: readonly number[] = [17, 23, 24, 26, 29, 30, 31, 33, 34, 58];

/** Options of both the reader and the sender. */
export const kafkaServerOptions = {
  kafka_host: z
    .string({
      error: `is required, e.g. "${HOST_EXAMPLE}": brokers are spoken to, and not ZooKeeper`,
    })
    .min(1, `is empty, e.g. "${HOST_EXAMPLE}"`)
    .describe('Host and port of one or more brokers, parted by commas.')
    .meta({ example: HOST_EXAMPLE }),
  kafka_client_id: option
    .text('logkit-fleet')
    .describe('What the brokers know the client by.')
    .meta({ advanced: true }),
  kafka_sasl_username: option
    .text('')
    .describe('As whom to come in; empty: as nobody.')
    .meta({ advanced: true }),
  kafka_sasl_password: option.text('').describe('The password.').meta({ advanced: true }),
  kafka_sasl_mechanism: option
    .choice(SASL_MECHANISMS)
    .describe('How the password is shown.')
    .meta({ advanced: true }),
  kafka_tls: tlsOption(),
  kafka_tls_ca: tlsCaOption(),
  kafka_timeout: goDurationOption(30_000)
    .describe('So long the brokers have to answer.')
    .meta({ advanced: true }),
};

/** Where the brokers are, and as whom one comes in. */
export interface KafkaServer {
  readonly kafka_host: string;
  readonly kafka_client_id: string;
  readonly kafka_sasl_username: string;
  readonly kafka_sasl_password: string;
  readonly kafka_sasl_mechanism: (typeof SASL_MECHANISMS)[number];
  readonly kafka_tls: ServerTls['tls'];
  readonly kafka_tls_ca: string;
  readonly kafka_timeout: number;
}

/** What every client of these brokers is told. */
export async function clientOptions(server: KafkaServer) {
  const { kafka_sasl_username: username, kafka_sasl_password: password } = server;
  const { kafka_sasl_mechanism: mechanism, kafka_timeout: timeoutMs } = server;
  const tls = await tlsOptions({ tls: server.kafka_tls, tlsCa: server.kafka_tls_ca });
  return {
    clientId: server.kafka_client_id,
    bootstrapBrokers: commaList(server.kafka_host),
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    ...(username === '' ? {} : { sasl: { mechanism, username, password } }),
    ...(tls === null ? {} : { tls }),
  };
}

/** `unavailable`, or `invalid` where what is wrong is a name or a right. */
export function kafkaError(thrown: unknown, { kafka_host: host }: KafkaServer): AppError {
  if (thrown instanceof AppError) return thrown;
  const causes = causesOf(thrown);
  const [refusal] = causes
    .map((cause) => certificateRefusal(cause))
    .filter((text) => text !== null);
  const message = `kafka ${host}: ${refusal ?? (messageOf(causes.at(-1)) || messageOf(thrown))}`;
  const isConfig =
    refusal !== undefined ||
    codesOf(thrown).some((code) => CONFIG_CODES.includes(code)) ||
    causes.some((cause) => fieldOf(cause, 'code') === 'PLT_KFK_AUTHENTICATION');
  return new AppError(isConfig ? 'invalid' : 'unavailable', message, { cause: thrown });
}

/** The codes of the protocol that an error is made of. */
export function codesOf(thrown: unknown): number[] {
  return causesOf(thrown)
    .map((cause) => fieldOf(cause, 'apiCode'))
    .filter((code) => typeof code === 'number');
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
