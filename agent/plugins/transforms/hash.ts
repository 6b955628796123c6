import { createHmac, hash as digestOf } from 'node:crypto';
import { z } from 'zod';
import { cannotSet, changeEach, missing, unfit } from '../../records/change-each.ts';
import { type FieldPath, getField, hasField, setField } from '../../records/field-path.ts';
import { scalarText } from '../../records/scalar-text.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { option } from '../option.ts';
import { type LogRecord } from '../plugin.ts';

const HashOptions = z
  .object({
    key: transformOption.keys('user'),
    new: transformOption.target.describe(
      'Where the digest goes, for one field alone; nowhere said: in place of the value.',
    ),
    secret: transformOption.text
      .default('')
      .describe('A secret that is needed to make the same digest: HMAC instead of a plain digest.')
      .meta({ example: '${env:HASH_SECRET}' }),
    encoding: option
      .choice(['hex', 'base64', 'base64url'])
      .describe('How the digest is written.')
      .meta({ advanced: true }),
  })
  .refine(({ key, new: target }) => target === undefined || key.paths.length === 1, {
    path: ['new'],
    error: 'is for one field alone',
  });

/**
 * Puts the SHA-256 of values in their places, or HMAC-SHA-256 where there is a secret. Same values
 * have same digests, so that they can be counted and joined without being known. Without a secret,
 * values of which there are few (names, addresses, numbers of telephones) are found by trying all.
 * A number is digested as JSON writes it.
 */
export const hashTransform = defineTransform({
  type: 'hash',
  usage: 'Puts the SHA-256 of values in their places, or an HMAC of them with a secret.',
  options: HashOptions,
  secrets: ['secret'],
  open: ({ key: { paths }, new: target, secret, encoding }) => {
    const digest = (text: string) =>
      secret === ''
        ? digestOf('sha256', text, encoding)
        : createHmac('sha256', secret).update(text).digest(encoding);
    return {
      apply: (records) =>
        changeEach(records, (record) => {
          const problems = paths.map((path) => digestField(record, path, { target, digest }));
          return problems.find((problem) => problem !== null) ?? null;
        }),
    };
  },
});

interface Digesting {
  readonly target: FieldPath | undefined;
  readonly digest: (text: string) => string;
}

function digestField(record: LogRecord, path: FieldPath, { target = path, digest }: Digesting) {
  if (!hasField(record, path)) return missing(path);
  try {
    const text = scalarText(getField(record, path));
    return setField(record, target, digest(text)) ? null : cannotSet(target);
  } catch (thrown) {
    return unfit(path, thrown);
  }
}
