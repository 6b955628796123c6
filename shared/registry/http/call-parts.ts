import type { z } from 'zod';
import { problemsText } from '../../domain/problems-text.ts';
import { InstanceId, isInstanceId, ServiceName } from '../../domain/registration.ts';
import type { Call } from '../../http/route.ts';
import { AppError } from '../../kernel/errors.ts';

const METADATA = /^metadata\[(.+)\]$/;
const PARAMETERS_MAX = 100;
const MESSAGE_CHARACTERS_MAX = 400;

/** @throws AppError `invalid` for what no instance can be called. */
export function instanceIdIn({ params }: Pick<Call, 'params'>): string {
  const { serviceID: id = '' } = params;
  return isInstanceId(id) ? id : wordIn(id, InstanceId, '服务实例ID');
}

/** @throws AppError `invalid` for what no service can be called. */
export function serviceNameIn({ params }: Pick<Call, 'params'>): string {
  return wordIn(params['serviceName'] ?? '', ServiceName, '服务名称');
}

/**
 * What a query says; what is empty in it is as good as absent, and `metadata[key]=value` is an
 * entry of `metadata`. Of a repeated parameter the first one counts.
 * @throws AppError `invalid` that says which parameter is wrong, and how.
 */
export function queryOf<T>({ queryText }: Pick<Call, 'queryText'>, schema: z.ZodType<T>): T {
  const given = new Map<string, string>();
  const metadata = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(queryText)) {
    const key = METADATA.exec(name)?.[1];
    const [map, at] = key === undefined ? [given, name] : [metadata, key];
    if (value !== '' && !map.has(at)) map.set(at, value);
    if (given.size + metadata.size > PARAMETERS_MAX) throw unreadable('too many parameters');
  }
  const query = {
    ...Object.fromEntries(given),
    ...(metadata.size > 0 && { metadata: Object.fromEntries(metadata) }),
  };
  const read = schema.safeParse(query);
  if (read.success) return read.data;
  throw unreadable(textOf(read.error));
}

/** @throws AppError `invalid`. */
export function requireGiven(value: unknown, what: string): void {
  if (value === undefined || value === null || value === '') throw missing(what);
}

function wordIn(given: string, schema: z.ZodType<string>, what: string): string {
  if (given.trim() === '') throw missing(what);
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  throw new AppError('invalid', `${what}无效: ${textOf(read.error)}`);
}

function missing(what: string): AppError {
  return new AppError('invalid', `${what}不能为空`);
}

function unreadable(why: string): AppError {
  return new AppError('invalid', `解析请求失败: ${why}`);
}

function textOf(error: z.ZodError): string {
  return problemsText(error).slice(0, MESSAGE_CHARACTERS_MAX);
}
