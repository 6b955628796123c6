import { parseJson } from '../../../../shared/api/json-numbers.ts';
import { AppError } from '../../../../shared/kernel/errors.ts';
import { type FieldPath, getField } from '../../../records/field-path.ts';
import { isRecord } from '../../../records/is-record.ts';

const ID = /^"?(\d{1,18})"?$/;
const SHOWN_LENGTH_MAX = 100;

/**
 * The ID that a JSON text tells; null where it says null: there is none yet.
 * @throws AppError `unavailable` for a text that tells no ID.
 */
export function idIn(text: string, field: FieldPath | null): bigint | null {
  const answer = parsed(text);
  const value = field === null ? answer : fieldOf(answer, field);
  if (value === null) return null;
  // Digits that a double does not hold are still there in this text.
  const [, digits] = ID.exec(JSON.stringify(value)) ?? [];
  if (digits !== undefined) return BigInt(digits);
  const where = field === null ? 'the answer' : `the field ${field.join('.')} of the answer`;
  throw new AppError(
    'unavailable',
    `the last ID is not known: ${where} must be a whole number; it was answered: ${text.slice(0, SHOWN_LENGTH_MAX)}`,
  );
}

function fieldOf(answer: unknown, field: FieldPath): unknown {
  return isRecord(answer) ? getField(answer, field) : undefined;
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
