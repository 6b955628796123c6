import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { kafkaServerOptions } from '../../kafka/kafka-server.ts';
import { openKafkaReader } from '../../kafka/open-kafka-reader.ts';
import { defineReader } from '../define.ts';
import { commaList, option } from '../option.ts';

const TOPIC_EXAMPLE = 'test_topic1';
const SESSION_MS_MIN = 1_000;

const KafkaOptions = z.looseObject({
  ...kafkaServerOptions,
  kafka_topic: option
    .required(TOPIC_EXAMPLE)
    .transform((text) => commaList(text))
    .describe('The topic, or several, parted by commas.')
    .meta({ example: TOPIC_EXAMPLE }),
  kafka_groupid: option
    .required('logkit1')
    .describe('The group of consumers: agents of one group share the partitions.')
    .meta({ example: 'logkit1' }),
  read_from: option
    .choice(['oldest', 'newest'])
    .describe('Where to begin with a partition of which nobody in the group has read.'),
  kafka_session_timeout: goDurationOption(30_000)
    .refine((ms) => ms >= SESSION_MS_MIN, `must be at least ${SESSION_MS_MIN / 1_000}s`)
    .describe(
      'Who is not heard of for so long loses its partitions; so long an agent that was killed waits for them.',
    )
    .meta({ advanced: true }),
});

/**
 * Values of messages as lines; a message without a value makes none. How far each partition is read
 * is kept with what is sent, so that an agent that is killed goes on without a double. When a batch
 * is settled the group is told, too, and whoever is given a partition goes on behind both: all that
 * its own runner has had, and all that the group was told. So partitions may move between agents and
 * back: nothing is lost, and only what an agent could neither settle nor tell before it lost a
 * partition comes twice. Offsets of the group that are set back by hand are not followed by an agent
 * that has read further; a group of another name reads all again.
 */
export const kafkaReader = defineReader({
  type: 'kafka',
  usage:
    'Reads topics of Kafka as a member of a group; each message once by one agent, at least once when partitions move.',
  options: KafkaOptions,
  secrets: ['kafka_sasl_password'],
  readPaths: ({ kafka_tls_ca: ca }) => (ca === '' ? [] : [ca]),
  open: (options, opening, context) => openKafkaReader(options, opening, context),
});
