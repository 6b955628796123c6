import { AppError } from '../../shared/kernel/errors.ts';

/**
 * The sink will not have these records, however often they are sent, because of what is in them.
 * Part of them may be welcome: who sends them finds out which.
 */
export class RecordsRefused extends AppError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super('invalid', message, { details });
  }
}
