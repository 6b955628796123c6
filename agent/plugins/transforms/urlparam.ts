import { z } from 'zod';
import { cannotSet, changeEach, missing, textOf, unfit } from '../../records/change-each.ts';
import {
  type FieldPath,
  getField,
  hasField,
  lastName,
  makeHolder,
} from '../../records/field-path.ts';
import { putBeside } from '../../records/named-fields.ts';
import { transformOption } from '../../records/transform-options.ts';
import { unescapePath, unescapeQuery } from '../../records/url-query.ts';
import { defineTransform } from '../define.ts';
import { option } from '../option.ts';
import { type LogRecord } from '../plugin.ts';

/** Scheme and host, path, query; what is behind a `#` is no part of any. */
const URL_PARTS = /^(?:(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/i;
const PARAMETERS_MAX = 1_000;

/**
 * Puts the parameters of a URL into fields beside it: those of `url` into `url_<name>`, its path
 * into `url_url_param_path` and its host into `url_url_param_host`. A text that is neither a path
 * nor has a `?`, such as `a=1&b=2`, is taken for a query. Values of one name are joined by `&`; one
 * whose field is there already goes to the first free of `url_<name>1`, `url_<name>2` ...
 */
export const urlparamTransform = defineTransform({
  type: 'urlparam',
  usage: 'Puts the parameters of a URL or query, its path and its host into fields beside it.',
  options: z.object({
    key: transformOption.key('url'),
    select_keys: option
      .list()
      .describe('The parameters that are taken, parted by commas; none named: all.'),
  }),
  open: ({ key, select_keys: names }) => {
    const selected = names.length === 0 ? null : new Set(names);
    return { apply: (records) => changeEach(records, (record) => expand(record, key, selected)) };
  },
});

function expand(
  record: LogRecord,
  key: FieldPath,
  selected: ReadonlySet<string> | null,
): string | null {
  if (!hasField(record, key)) return missing(key);
  const holder = makeHolder(record, key);
  if (holder === null) return cannotSet(key);
  try {
    for (const [name, value] of partsOf(textOf(getField(record, key)), selected)) {
      putBeside(holder, `${lastName(key)}_${name}`, { value, separator: '', from: 1 });
    }
    return null;
  } catch (thrown) {
    return unfit(key, thrown);
  }
}

function partsOf(text: string, selected: ReadonlySet<string> | null): [string, string][] {
  const [, authority = '', path = '', query = ''] = URL_PARTS.exec(text) ?? [];
  if (authority === '' && isBareQuery(text)) return [...parametersOf(path, selected)];
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const parts: [string, string][] = [...parametersOf(query, selected)];
  if (path !== '') parts.push(['url_param_path', unescapePath(path)]);
  if (host !== '') parts.push(['url_param_host', host]);
  return parts;
}

/** Such as `a=1&b=2`. */
function isBareQuery(text: string): boolean {
  return !text.includes('?') && /^[^/]*=/.test(text);
}

/** Values of one name are joined; one that is empty is none. */
function parametersOf(query: string, selected: ReadonlySet<string> | null): Map<string, string> {
  const pairs = query.split('&').filter((pair) => pair !== '');
  if (pairs.length > PARAMETERS_MAX) throw new Error(`has more than ${PARAMETERS_MAX} parameters`);
  const parameters = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = unescapeQuery(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : unescapeQuery(pair.slice(equals + 1));
    if (selected !== null && !selected.has(name)) continue;
    const before = parameters.get(name);
    if (before !== undefined) parameters.set(name, `${before}&${value}`);
    else if (value !== '') parameters.set(name, value);
  }
  return parameters;
}
