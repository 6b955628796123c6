import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { AppError, messageOf } from '../../../shared/kernel/errors.ts';
import { cannotSet, changeEach, missing, unfit } from '../../records/change-each.ts';
import { type FieldPath, getField, hasField, setField } from '../../records/field-path.ts';
import { isRecord } from '../../records/is-record.ts';
import { scalarText } from '../../records/scalar-text.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord } from '../plugin.ts';

const FILE_BYTES_MAX = 16 * 1024 * 1024;

type Replacements = ReadonlyMap<string, string>;

const MapreplaceOptions = z
  .object({
    key: transformOption.key('status'),
    new: transformOption.target.describe(
      'Where the other text goes; nowhere said: in place of the value.',
    ),
    map: transformOption.text
      .default('')
      .describe(
        'Values and what stands for them: "200 fine, 500 broken"; map or map_file is needed.',
      )
      .meta({ example: '200 fine, 500 broken' }),
    map_file: transformOption.text
      .default('')
      .describe('A file with a JSON object of them: {"200": "fine"}.'),
  })
  .transform(({ key, new: target = key, map, map_file: file }, context) => {
    const listed = listOf(map);
    if (listed !== null && (listed.size > 0 || file !== '')) return { key, target, listed, file };
    const message = 'must be pairs like "200 fine, 500 broken", or name a map_file';
    context.addIssue({ code: 'custom', path: ['map'], message });
    return z.NEVER;
  });

/**
 * Puts another text in the place of a value that is in a list; any other value stays. The list is
 * read from its file when the runner starts.
 */
export const mapreplaceTransform = defineTransform({
  type: 'mapreplace',
  usage: 'Puts another text in the place of a value that is in a list, or in a file of JSON.',
  options: MapreplaceOptions,
  readPaths: ({ listed, file }) => (listed.size > 0 ? [] : [file]),
  open: ({ key, target, listed, file }) => {
    const replacements = listed.size > 0 ? listed : replacementsIn(file);
    return {
      apply: (records) =>
        changeEach(records, (record) => replace(record, { key, target, replacements })),
    };
  },
});

interface Replacing {
  readonly key: FieldPath;
  readonly target: FieldPath;
  readonly replacements: Replacements;
}

function replace(record: LogRecord, { key, target, replacements }: Replacing): string | null {
  if (!hasField(record, key)) return missing(key);
  let other: string | undefined;
  try {
    other = replacements.get(scalarText(getField(record, key)));
  } catch (thrown) {
    return unfit(key, thrown);
  }
  return other === undefined || setField(record, target, other) ? null : cannotSet(target);
}

/** Null: a part of it is no pair. */
function listOf(text: string): Replacements | null {
  const replacements = new Map<string, string>();
  for (const part of text.split(',').map((pair) => pair.trim())) {
    if (part === '') continue;
    const [value, other, ...more] = part.split(/\s+/);
    if (value === undefined || other === undefined || more.length > 0) return null;
    replacements.set(value, other);
  }
  return replacements;
}

/** @throws AppError `invalid` when the file is not there, or is no JSON object of texts. */
function replacementsIn(path: string): Replacements {
  try {
    if (statSync(path).size > FILE_BYTES_MAX)
      throw new Error(`is larger than ${FILE_BYTES_MAX} bytes`);
    const json: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isRecord(json)) throw new Error('is no JSON object');
    return new Map(Object.entries(json).map(([value, other]) => [value, scalarText(other)]));
  } catch (cause) {
    throw new AppError('invalid', `map_file ${path}: ${messageOf(cause)}`, { cause });
  }
}
