import type { z } from 'zod';

/** What a schema has found wrong, and where, in one line: `weight: is too large; check.type: ...`. */
export function problemsText({ issues }: z.ZodError): string {
  const said = issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  return said.join('; ');
}
