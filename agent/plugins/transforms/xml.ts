import { z } from 'zod';
import { cannotSet, missing, replaceEach, textOf, unfit } from '../../records/change-each.ts';
import {
  type FieldPath,
  getField,
  hasField,
  makeHolder,
  setField,
} from '../../records/field-path.ts';
import { makeObject, putBeside, withoutField } from '../../records/named-fields.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord } from '../plugin.ts';
import { leavesOf } from './xml/leaves.ts';
import { type ReadXml, xmlReader } from './xml/read-xml.ts';

const XmlOptions = z
  .object({
    key: transformOption.key('payload'),
    new: transformOption.target.describe(
      'Where the object goes; nowhere said: in place of the text.',
    ),
    keep: transformOption.flag
      .describe('Leaves numbers, true and false as texts.')
      .meta({ advanced: true }),
    discard_key: transformOption.flag.describe('Removes the text.').meta({ advanced: true }),
    expand: transformOption.flag
      .describe('Puts each innermost value under its own name, instead of one object.')
      .meta({ advanced: true }),
    no_attr: transformOption.flag.describe('Leaves out attributes.').meta({ advanced: true }),
  })
  .transform(({ discard_key: discards, ...options }) => ({
    ...options,
    discards: discards && (options.expand || !isSame(options.new ?? options.key, options.key)),
  }));

interface XmlRules {
  readonly key: FieldPath;
  readonly new?: FieldPath | undefined;
  readonly expand: boolean;
  readonly discards: boolean;
}

/**
 * Makes an object of XML that is the text of a field. An attribute is `-name`, the text beside
 * attributes or elements `#text`, elements of one name are a list. A document type is refused and
 * no entity but the five of XML and characters by their numbers is replaced. An empty text goes on
 * as it is.
 */
export const xmlTransform = defineTransform({
  type: 'xml',
  usage: 'Makes an object of XML that is the text of a field.',
  options: XmlOptions,
  open: (options) => {
    const read = xmlReader({ keepsTexts: options.keep, hasAttributes: !options.no_attr });
    return { apply: (records) => replaceEach(records, (record) => change(record, read, options)) };
  },
});

function change(record: LogRecord, read: ReadXml, rules: XmlRules): LogRecord | string {
  const { key, discards } = rules;
  if (!hasField(record, key)) return missing(key);
  let value: LogRecord;
  try {
    const text = textOf(getField(record, key)).trim();
    if (text === '') return record;
    value = read(text);
  } catch (thrown) {
    return unfit(key, thrown);
  }
  if (!hasPlace(record, rules)) return cannotSet(rules.new ?? key);
  const rest = discards ? withoutField(record, key) : record;
  if (rules.expand) expandInto(rest, value, rules);
  else setField(rest, rules.new ?? key, value);
  return rest;
}

function hasPlace(record: LogRecord, rules: XmlRules): boolean {
  return rules.expand
    ? holderIn(record, rules) !== null
    : makeHolder(record, rules.new ?? rules.key) !== null;
}

/** Where single values go: beside the text, or into the object that is named. */
function holderIn(record: LogRecord, { key, new: target }: XmlRules): LogRecord | null {
  return target === undefined ? makeHolder(record, key) : makeObject(record, target);
}

function expandInto(record: LogRecord, value: LogRecord, rules: XmlRules): void {
  const holder = holderIn(record, rules);
  if (holder === null) return;
  for (const [name, leaf] of leavesOf(value)) {
    putBeside(holder, name, { value: leaf, separator: '', from: 1 });
  }
}

function isSame(one: FieldPath, other: FieldPath): boolean {
  return one.join('.') === other.join('.');
}
