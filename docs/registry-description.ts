import { openApiDocument } from '../shared/registry/http/open-api.ts';

/** `docs/registry.openapi.json`. */
export function registryDescription(): string {
  return `${JSON.stringify(openApiDocument(), null, 2)}\n`;
}
