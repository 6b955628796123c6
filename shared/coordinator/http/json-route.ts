import { type Call, RawAnswer, type Route } from '../../http/route.ts';
import { type ErrorKind, toAppError } from '../../kernel/errors.ts';

/** What a failure of each kind is in HTTP. */
export const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  unavailable: 503,
  timeout: 503,
  internal: 500,
};

/**
 * A route that answers plain JSON, also of what went wrong, as the original's API does. What is a
 * RawAnswer goes out as it is.
 */
export function jsonRoute(
  method: Route['method'],
  path: string,
  answer: (call: Call) => Promise<object>,
): Route {
  return {
    ...{ method, path, access: 'user', failure: '' },
    answer: async (call) => {
      try {
        const answered = await answer(call);
        return answered instanceof RawAnswer ? answered : json(200, answered);
      } catch (thrown) {
        const error = toAppError(thrown);
        // The edge logs what nobody has foreseen, and hides what it says.
        if (error.kind === 'internal') throw error;
        return json(STATUS[error.kind], { success: false, message: error.message });
      }
    },
  };
}

function json(status: number, body: object): RawAnswer {
  return new RawAnswer({
    ...{ status, body: JSON.stringify(body) },
    contentType: 'application/json; charset=utf-8',
  });
}
