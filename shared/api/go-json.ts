import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { findSyntaxFlaw, JSON_DEPTH_MAX, type SyntaxFlaw } from './go-json-scanner.ts';
import { bare, typeMismatch } from './go-type-mismatch.ts';
import { parseJson } from './json-numbers.ts';

/** The body of a request, whole, and its media type in lower case ('' when it sent none). */
export interface RawBody {
  readonly body: Uint8Array | string;
  readonly contentType: string;
}

const JSON_TYPE = 'application/json';
/** An invalid byte becomes U+FFFD, as in Go; a byte order mark is kept, and is no JSON. */
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * Reads a request body as the original's web framework does, and refuses it in the same words.
 * Unknown keys are ignored; a null is as good as absent; a form will do where the schema is flat
 * text. `goType` is what the original calls the whole body, e.g. `mgr.RegisterReq`.
 *
 * @throws AppError `invalid`
 */
export function decodeBody<T>(
  schema: z.ZodType<T>,
  { body, contentType }: RawBody,
  goType: string,
): T {
  if (body.length === 0) throw refused("code=400, message=Request body can't be empty");
  const text = textOf(body);
  if (contentType.startsWith(JSON_TYPE)) return decodeJson(schema, text, goType);
  if (contentType === FORM_TYPE && isFlatText(schema)) return decodeForm(schema, text);
  throw refused('code=415, message=Unsupported Media Type');
}

function textOf(body: RawBody['body']): string {
  if (typeof body === 'string') return body;
  // The same text, sooner.
  return Buffer.isBuffer(body) ? body.toString('utf8') : UTF8.decode(body);
}

function decodeJson<T>(schema: z.ZodType<T>, text: string, goType: string): T {
  const value = parse(text);
  if (text.includes('null')) dropNulls(value);

  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  throw refusedIssue(result.error, (issue) => typeMismatch(issue, { text, schema, goType }));
}

function decodeForm<T>(schema: z.ZodType<T>, text: string): T {
  // Of a repeated field the first one counts, as in a query.
  const fields = Object.fromEntries([...new URLSearchParams(text)].reverse());
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  throw refusedIssue(result.error, () => null);
}

function parse(text: string): unknown {
  // Only a text this long can nest too deeply, and only then is it worth a look of its own.
  const flaw = text.length > 2 * JSON_DEPTH_MAX ? findSyntaxFlaw(text) : null;
  if (flaw !== null) throw refused(flawMessage(flaw));
  try {
    return parseJson(text);
  } catch (cause) {
    const late = findSyntaxFlaw(text);
    throw refused(late === null ? 'code=400, message=not JSON' : flawMessage(late), cause);
  }
}

function flawMessage(flaw: SyntaxFlaw): string {
  if (flaw.at === 'end') return `code=400, message=${flaw.empty ? 'EOF' : 'unexpected EOF'}`;
  return `code=400, message=Syntax error: offset=${flaw.offset}, error=${flaw.text}`;
}

function dropNulls(value: unknown): void {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return;
  const isList = Array.isArray(value);
  for (const [key, member] of Object.entries(value)) {
    if (member === null && !isList) Reflect.deleteProperty(value, key);
    else dropNulls(member);
  }
}

function refusedIssue(
  error: z.ZodError,
  mismatch: (issue: z.core.$ZodIssue) => string | null,
): AppError {
  const [issue] = error.issues;
  if (issue === undefined) return refused('the body does not fit', error);

  const goMessage = mismatch(issue);
  if (goMessage !== null) return refused(`code=400, message=${goMessage}`, error);

  const path = issue.path.map(String).join('.');
  return refused(path === '' ? issue.message : `${path}: ${issue.message}`, error);
}

function refused(message: string, cause?: unknown): AppError {
  return new AppError('invalid', message, { cause });
}

function isFlatText(schema: z.ZodType): boolean {
  const object = bare(schema);
  if (!(object instanceof z.ZodObject)) return false;
  const members: readonly z.core.$ZodType[] = Object.values(object.shape);
  return members.every((member) => bare(member) instanceof z.ZodString);
}
