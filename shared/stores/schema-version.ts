import { AppError } from '../kernel/errors.ts';

/** The version of the JSON files that this program writes. */
export const JSON_SCHEMA_VERSION = 1;

/**
 * A file without a version is the original's or a person's own, and counts as version 1.
 * @throws AppError `invalid` when a newer program wrote the file.
 */
export function requireKnownVersion(value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || !('schema_version' in value)) return;
  const { schema_version: version } = value;
  if (typeof version !== 'number' || version <= JSON_SCHEMA_VERSION) return;
  throw new AppError(
    'invalid',
    `${path} was written by a newer logkit-fleet (schema_version ${version}, this one knows ` +
      `${JSON_SCHEMA_VERSION}); run that version, or move the file away`,
  );
}
