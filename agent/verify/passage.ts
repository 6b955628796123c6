import { parseJson } from '../../shared/api/json-numbers.ts';
import type { PluginOptions, RunnerConfig } from '../../shared/domain/runner-config.ts';

/** What one line is compared by, on either side; none for a line that stands for nothing. */
export type LineKeys = (line: Buffer) => readonly Buffer[];

/** Whether a sender's files can be compared with the source, line by line, and how. */
export type Passage =
  | { readonly kind: 'none'; readonly why: string }
  /** The lines, or the records, are the same on both sides. */
  | { readonly kind: 'content'; readonly keys: LineKeys }
  /** Each record names the place it was read at. */
  | { readonly kind: 'ids'; readonly field: string };

/** Options of a reader that make units out of something else than all of its lines. */
const UNIT_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  head_pattern: [''],
  encoding: ['', 'utf-8', 'utf8', 'us-ascii'],
  delimiter: ['', '\n'],
  skip_first_line: ['', 'false'],
};

/** Whether what a reader of files hands out are the lines of the file, each by itself. */
export function unitsAreLines({ reader = {} }: RunnerConfig): boolean {
  return Object.entries(UNIT_OPTIONS).every(([key, plain]) =>
    plain.includes((reader[key] ?? '').toLowerCase()),
  );
}

export function passageOf(config: RunnerConfig, sender: PluginOptions): Passage {
  if (!unitsAreLines(config)) return none('the reader changes, joins or leaves out lines');
  if (config.router.router_key_name !== '')
    return none('the router sends it a part of the records');
  if (isOn(sender['file_gzip'])) return none('it packs each batch by itself');
  const form = formOf(sender);
  if (form === 'arrays') return none('it writes JSON arrays');

  const idField = idFieldOf(config);
  if (idField !== '' && form === 'records') return { kind: 'ids', field: idField };
  if ((config.transforms ?? []).length > 0) {
    return none('transforms change the records; set record_id_key to have them compared');
  }
  const keys = keysOf(config, form);
  if (keys !== null) return { kind: 'content', keys };
  return none('the records are not what was read; set record_id_key to have them compared');
}

type Form = 'lines' | 'records' | 'arrays';

function formOf(sender: PluginOptions): Form {
  if (isOn(sender['file_write_raw'])) return 'lines';
  return sender['file_format'] === 'array' ? 'arrays' : 'records';
}

function keysOf(config: RunnerConfig, form: Form): LineKeys | null {
  const { parser = {} } = config;
  const { type } = parser;
  if (type === 'raw' && form === 'lines') return rawKeys;
  if (type !== 'json' || form !== 'records' || addsFields(config)) return null;
  return jsonKeys(errorFieldOf(parser));
}

/** The field that a line is sent in that does not parse; null: it is not sent. */
function errorFieldOf(parser: PluginOptions): string | null {
  const { disable_record_errdata: isDropping, errdata_to: to = '' } = parser;
  if (isOn(isDropping) || !['', 'record'].includes(to)) return null;
  return parser['errdata_field'] ?? 'pandora_stash';
}

function isOn(flag = 'false'): boolean {
  return flag.toLowerCase() === 'true';
}

function none(why: string): Passage {
  return { kind: 'none', why };
}

function idFieldOf(config: RunnerConfig): string {
  const field = 'record_id_key' in config ? config['record_id_key'] : '';
  return typeof field === 'string' ? field : '';
}

function addsFields({ parser = {}, reader = {}, ...config }: RunnerConfig): boolean {
  const tags = [reader['datasource_tag'], reader['encode_tag'], config.env_tag, parser['labels']];
  const keepsRaw = isOn(parser['keep_raw_data']);
  return (
    config.extra_info || config.read_time || keepsRaw || tags.some((tag) => (tag ?? '') !== '')
  );
}

/** Blank lines are not sent. */
function rawKeys(line: Buffer): readonly Buffer[] {
  return line.toString('latin1').trim() === '' ? [] : [line];
}

/** By value: how a JSON text is spaced says nothing. A line that is no JSON is sent as one field. */
function jsonKeys(errorField: string | null): LineKeys {
  return (line) => {
    const text = line.toString('utf8').replace(/\r$/, '');
    if (text.trim() === '') return [];
    try {
      const value = parseJson(text);
      return (Array.isArray(value) ? value : [value]).map(keyOf);
    } catch {
      return errorField === null ? [] : [keyOf({ [errorField]: text })];
    }
  };
}

function keyOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
