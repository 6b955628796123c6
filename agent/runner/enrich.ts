import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { FieldEdit, LogRecord, Parsed, SourceBatch } from '../plugins/plugin.ts';
import { recordIds } from '../records/record-ids.ts';

/** What this machine tells about itself: `extra_info` of a runner's configuration. */
export interface HostInfo {
  readonly hostname: string;
  readonly core: string;
  readonly osinfo: string;
  readonly localip: string;
}

/** Adds to each record what is not in its line; a field that the record has is left alone. */
export interface Enrich {
  apply(parsed: Parsed, batch: SourceBatch, nowMs: number): void;
  /** The same as edits; null: each record gets something else. */
  edits(batch: SourceBatch, nowMs: number): readonly FieldEdit[] | null;
}

interface EnrichDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: HostInfo;
}

/**
 * The fields that `env_tag`, `extra_info`, `read_time`, `record_id_key` and the reader's `datasource_tag` and
 * `encode_tag` ask for; null when none does, so that records nobody adds to stay bytes.
 *
 * @throws AppError `invalid` when the variable that `env_tag` names holds no JSON object.
 */
export function enrichment(config: RunnerConfig, deps: EnrichDeps): Enrich | null {
  const { reader = {}, internal_key_prefix: prefix, read_time, record_id_key: idKey = '' } = config;
  const fixed = fixedFields(config, deps);
  const sourceKey = reader['datasource_tag'] ?? '';
  const timeKey = read_time ? `${prefix}lst` : '';
  const keys = [...Object.keys(fixed), sourceKey, timeKey, idKey];
  if (keys.every((key) => key === '')) return null;

  const addedTo = ({ origin }: SourceBatch, nowMs: number): readonly [string, unknown][] => {
    const added: LogRecord = { ...fixed };
    if (sourceKey !== '') added[sourceKey] = origin;
    if (timeKey !== '') added[timeKey] = new Date(nowMs).toISOString();
    return Object.entries(added);
  };
  return {
    apply(parsed, batch, nowMs) {
      const records = parsed.records.objects();
      const added = addedTo(batch, nowMs);
      for (const record of records) {
        for (const [key, value] of added) {
          if (!Object.hasOwn(record, key)) record[key] = value;
        }
      }
      if (idKey !== '') addIds(records, idKey, recordIds(batch, parsed));
    },
    edits(batch, nowMs) {
      if (idKey !== '') return null;
      const added = addedTo(batch, nowMs);
      return added.map(([name, value]) => ({ kind: 'add', name, value, whenPresent: 'keep' }));
    },
  };
}

/** Whatever the record has there gives way: an id that a line could choose would be none. */
function addIds(records: readonly LogRecord[], key: string, ids: readonly string[]): void {
  for (const [index, record] of records.entries()) record[key] = ids[index];
}

function fixedFields(config: RunnerConfig, { env, host }: EnrichDeps): LogRecord {
  const { reader = {}, internal_key_prefix: prefix } = config;
  const encodeKey = reader['encode_tag'] ?? '';
  return {
    ...envTags(config.env_tag, env),
    ...(config.extra_info ? prefixed(prefix, host) : {}),
    ...(encodeKey === '' ? {} : { [encodeKey]: reader['encoding'] ?? 'UTF-8' }),
  };
}

function envTags(name: string | undefined, env: EnrichDeps['env']): LogRecord {
  if (name === undefined || name === '') return {};
  const text = env[name];
  if (text === undefined) throw badTag(name, 'is not set');
  try {
    const tags: unknown = JSON.parse(text);
    if (typeof tags === 'object' && tags !== null && !Array.isArray(tags)) {
      // As a field that is set this name would mean something else.
      return Object.fromEntries(Object.entries(tags).filter(([key]) => key !== '__proto__'));
    }
  } catch (cause) {
    throw badTag(name, 'is not JSON', cause);
  }
  throw badTag(name, 'is no JSON object');
}

function badTag(name: string, why: string, cause?: unknown): AppError {
  return new AppError('invalid', `env_tag: variable ${name} ${why}; set it to {"name": "value"}`, {
    cause,
  });
}

function prefixed(prefix: string, info: HostInfo): LogRecord {
  return Object.fromEntries(Object.entries(info).map(([key, value]) => [prefix + key, value]));
}
