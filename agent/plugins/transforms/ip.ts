import { isIP } from 'node:net';
import { z } from 'zod';
import { changeEach, missing } from '../../records/change-each.ts';
import { type FieldPath, getField, hasField, setField } from '../../records/field-path.ts';
import { KnownAnswers } from '../../records/known-answers.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { openPlaces } from './ip/places.ts';

const ADDRESSES_MAX = 10_000;

const IpOptions = z.object({
  key: transformOption.key('client_ip'),
  data_path: z
    .string({ error: 'is required, e.g. "/usr/share/GeoIP/GeoLite2-City.mmdb"' })
    .regex(/\.(?:mmdb|datx?)$/i, { error: 'must be a database named *.mmdb, *.dat or *.datx' })
    .describe(
      'The database: an mmdb file, or a dat or datx file of ipip.net, which knows IPv4 only.',
    )
    .meta({ example: '/usr/share/GeoIP/GeoLite2-City.mmdb' }),
  key_as_prefix: transformOption.flag.describe(
    'Puts the name of the field before those of the new ones: client_ip_City.',
  ),
  language: z
    .string()
    .default('zh-CN')
    .describe('The language of names in an mmdb file; where it has none in it, English.')
    .meta({ advanced: true }),
  transform_at: z
    .enum(['local', '本地', ''], {
      error: 'must be "local": addresses are looked up on this machine',
    })
    .default('local')
    .describe('Where addresses are looked up.')
    .meta({ choices: ['local'], advanced: true }),
  stage: transformOption.stageOfRecords,
});

/**
 * Adds what a database knows of an IP address, IPv4 or IPv6, beside its field: Country, CountryCode,
 * Region, DistrictCode, City, Latitude, Longitude, Isp. What it does not know is not added.
 */
export const ipTransform = defineTransform({
  type: 'IP',
  usage: 'Adds the country, region, city and provider of an IP address, from a database on disk.',
  options: IpOptions,
  readPaths: ({ data_path }) => [data_path],
  open: ({ key, data_path, key_as_prefix, language }) => {
    const known = new KnownAnswers(ADDRESSES_MAX, openPlaces(data_path, language));
    return {
      apply: (records) =>
        changeEach(records, (record) => {
          if (!hasField(record, key)) return missing(key);
          const address = getField(record, key);
          if (typeof address !== 'string' || isIP(address) === 0) {
            return `transform key ${key.join('.')} is no IP address`;
          }
          for (const [name, value] of known.of(address)) {
            const plain = besideField(key, name);
            const prefixed = besideField(key, `${key.at(-1) ?? ''}_${name}`);
            setField(record, key_as_prefix || hasField(record, plain) ? prefixed : plain, value);
          }
          return null;
        }),
    };
  },
});

function besideField(key: FieldPath, name: string): FieldPath {
  const names: readonly string[] = [...key.slice(0, -1), name];
  const [first = name, ...rest] = names;
  return [first, ...rest];
}
