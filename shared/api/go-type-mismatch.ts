import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { z } from 'zod';

type Path = readonly PropertyKey[];

/**
 * What Go's encoding/json says about a JSON value of the wrong type, or null when the issue is no
 * such mismatch (a missing value, a rule of our own).
 */
export function typeMismatch(
  issue: z.core.$ZodIssue,
  { text, schema, goType }: { text: string; schema: z.ZodType; goType: string },
): string | null {
  if (issue.code !== 'invalid_type') return null;
  const node = nodeAt(text, issue.path);
  if (node === undefined) return null;

  const wanted = schemaAt(schema, issue.path);
  const expected = issue.path.length === 0 ? goType : goTypeOf(wanted);
  return `Unmarshal type error: expected=${expected}, got=${gotOf(node, text, expected)}, offset=${offsetOf(node, text)}`;
}

function nodeAt(text: string, path: Path): Node | undefined {
  const root = parseTree(text);
  const segments = path.filter((segment) => typeof segment !== 'symbol');
  return root && findNodeAtLocation(root, segments);
}

/** Go counts bytes: to the one after a scalar, or after the bracket that opens a list or object. */
function offsetOf({ type, offset, length }: Node, text: string): number {
  const end = type === 'array' || type === 'object' ? offset + 1 : offset + length;
  return new TextEncoder().encode(text.slice(0, end)).length;
}

function gotOf({ type, offset, length }: Node, text: string, expected: string): string {
  if (type === 'boolean') return 'bool';
  const isOtherNumber = type === 'number' && (expected === 'int' || expected === 'float64');
  return isOtherNumber ? `number ${text.slice(offset, offset + length)}` : type;
}

/** The schema of the value at a path; undefined where the schema does not look that deep. */
function schemaAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  let at: z.core.$ZodType | undefined = schema;
  for (const segment of path) {
    if (at === undefined) return undefined;
    at = memberOf(bare(at), segment);
  }
  return at;
}

function memberOf(schema: z.core.$ZodType, segment: PropertyKey): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) return shapeOf(schema)[String(segment)];
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.def.valueType;
  return undefined;
}

function shapeOf(schema: z.ZodObject): Readonly<Record<string, z.core.$ZodType>> {
  return schema.shape;
}

/** Without what zod wraps around the value that is read from JSON. */
export function bare(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly
  ) {
    return bare(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? bare(schema.in) : schema;
}

function goTypeOf(schema: z.core.$ZodType | undefined): string {
  if (schema === undefined) return 'interface {}';
  const inner = bare(schema);
  if (inner instanceof z.ZodString) return 'string';
  if (inner instanceof z.ZodBoolean) return 'bool';
  if (inner instanceof z.ZodNumber) return inner.format === 'safeint' ? 'int' : 'float64';
  if (inner instanceof z.ZodArray) return `[]${goTypeOf(inner.element)}`;
  if (inner instanceof z.ZodRecord) return `map[string]${valueTypeOf(schema, inner)}`;
  return inner instanceof z.ZodObject ? 'struct' : 'interface {}';
}

/** A plugin's options take any value here and become text; in Go they are text from the start. */
function valueTypeOf(schema: z.core.$ZodType, record: z.ZodRecord): string {
  const becomesText = isPiped(schema) && record.def.valueType instanceof z.ZodUnknown;
  return becomesText ? 'string' : goTypeOf(record.def.valueType);
}

function isPiped(schema: z.core.$ZodType): boolean {
  if (schema instanceof z.ZodPipe) return true;
  return schema instanceof z.ZodOptional && isPiped(schema.unwrap());
}
