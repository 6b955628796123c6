import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { DATA_TYPES, openRedisReader } from '../../redis/open-redis-reader.ts';
import { redisServerOptions } from '../../redis/redis-server.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';

const RedisOptions = z.looseObject({
  redis_datatype: option
    .choice(DATA_TYPES)
    .describe(
      'What the key names. Strings, sets, sorted sets and hashes are taken whole, and removed. ' +
        'Messages of channels that nobody listens to are lost.',
    ),
  redis_key: option
    .required('logs')
    .describe('The key, the channel or the pattern of channels.')
    .meta({ example: 'logs' }),
  redisHash_area: option
    .text('')
    .describe('Of a hash: the field that is taken; empty: all of them, as one JSON object.')
    .meta({ advanced: true }),
  ...redisServerOptions,
  redis_group: option.text('logkit').describe('Of a stream: the group of consumers that share it.'),
  redis_consumer: option
    .text('')
    .describe('Of a stream: the name in the group; empty: that of the machine and the runner.')
    .meta({ advanced: true }),
  redis_field: option
    .text('')
    .describe('Of a stream: the field that is the line; empty: all fields, as a JSON object.')
    .meta({ advanced: true }),
  redis_claim_idle: goDurationOption(3_600_000)
    .describe(
      'Of a stream: entries that another consumer was given so long ago, and did not acknowledge, ' +
        'are taken over at the start; "0": never.',
    )
    .meta({ advanced: true }),
  read_from: option
    .choice(['oldest', 'newest'])
    .describe('Of a stream that has no such group yet: where to begin.'),
});

/**
 * Values as lines. Of a list, a string, a set, a sorted set (in the order of its scores) or a hash
 * they move to a list of this runner and are removed when they are settled; of a stream they are
 * acknowledged then; so none is lost and none is handed out twice, whenever the process ends. Entries of a stream that are taken over from another consumer may come
 * twice. Messages of channels are lost while nobody listens.
 */
export const redisReader = defineReader({
  type: 'redis',
  usage:
    'Takes values from a list, a stream, a channel, a string, a set or a hash of Redis; what it took is settled only when it is sent.',
  options: RedisOptions,
  secrets: ['redis_password'],
  readPaths: ({ redis_tls_ca: ca }) => (ca === '' ? [] : [ca]),
  open: (options, opening, context) => openRedisReader(options, opening, context),
});
